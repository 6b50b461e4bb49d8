package failure

import (
	"path"
	"regexp"
	"strings"
)

// place matches a place in the learner's code, and quoted text, which stays as
// it is.
var place = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|(^|[ (])([^\s"()/:]+\.go)(:[0-9]+)`)

// glue stands for a space at which no line breaks.
const glue = "\u00a0"

// places lengthens the places in a line, so that a terminal or an editor can
// follow them: "at echo.go:21" becomes "at exercises/05-echo/echo.go:21". A
// place keeps the word in front of it when the line is wrapped.
func (o Options) places(line string) string {
	if o.Place == nil {
		return line
	}
	return place.ReplaceAllStringFunc(line, func(found string) string {
		m := place.FindStringSubmatch(found)
		long := o.Place(m[2])
		if long == "" {
			return found
		}
		return strings.ReplaceAll(m[1], " ", glue) + long + m[3]
	})
}

// file is where the reader finds the file to edit.
func (o Options) file(f Failure) string {
	if o.Place != nil {
		if long := o.Place(path.Base(f.File)); long != "" {
			return long
		}
	}
	return f.File
}
