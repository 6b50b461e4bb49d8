package page

import (
	"strconv"
	"strings"
)

// sourceAt returns the learner's line that a frame such as "Serve echo.go:21"
// names, "" if it is not one of theirs.
func (p Page) sourceAt(frame string) string {
	place := frame[strings.LastIndex(frame, " ")+1:]
	file, number, _ := strings.Cut(place, ":")
	n, err := strconv.Atoi(number)
	lines := p.Source[file]
	if err != nil || n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}
