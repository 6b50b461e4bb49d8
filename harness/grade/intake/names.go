package intake

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// goName is the name of a Go file that every system can write and every report
// can show.
var goName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,80}\.go$`)

// exerciseName is the name of a folder that could be an exercise's.
var exerciseName = regexp.MustCompile(`^[0-9]{2}-[a-z][a-z0-9]*$`)

// flatFolder is in front of the folder of a file that is in none. No entry has
// such a path.
const flatFolder = "//"

// A place is where a file is in a submission.
type place struct {
	folder   string // of the exercise
	exercise string // name of that folder
	base     string
	catch    bool // it is in the exercise's folder catch
}

// clean returns the path of an entry with slashes, or why no entry may have it.
func clean(name string) (cleaned, why string) {
	// Some programs on Windows write archives with backslashes.
	slashed := strings.ReplaceAll(name, `\`, "/")
	switch {
	case !utf8.ValidString(name):
		return "", "its name is not UTF-8"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", "its name has control characters"
	case path.IsAbs(slashed) || !filepath.IsLocal(filepath.FromSlash(slashed)):
		return "", "its path leads out of the submission"
	}
	slashed = path.Clean(slashed)
	if strings.Count(slashed, "/") > maxDepth {
		return "", "it is too many folders deep"
	}
	return slashed, ""
}

// find says where a file is. It reports false for a file outside all exercises,
// in a hidden folder, or in a copy of the solutions.
func find(cleaned string) (place, bool) {
	parts := strings.Split(cleaned, "/")
	p := place{base: parts[len(parts)-1]}
	parts = parts[:len(parts)-1]
	if n := len(parts); n > 1 && parts[n-1] == "catch" {
		p.catch, parts = true, parts[:n-1]
	}
	if len(parts) == 0 || slices.ContainsFunc(parts, unrelated) {
		return p, false
	}
	p.folder, p.exercise = strings.Join(parts, "/"), parts[len(parts)-1]
	return p, exerciseName.MatchString(p.exercise)
}

func unrelated(folder string) bool {
	return folder == "solutions" || folder == "testdata" || folder == "__MACOSX" || folder[0] == '.'
}

// shown returns a path as it may stand in a sentence.
func shown(name string) string {
	if len(name) > 100 {
		name = name[:100] + "..."
	}
	if quoted := strconv.QuoteToASCII(name); quoted != `"`+name+`"` || strings.Contains(name, " ") {
		return quoted
	}
	return name
}

// student returns the student whose submission is called name. A browser that
// saves ana.zip again calls it "ana (1).zip".
func student(name string) string {
	for _, ending := range []string{".tar.gz", ".tgz", ".tar", ".zip"} {
		if cut, ok := strings.CutSuffix(strings.ToLower(name), ending); ok {
			name = again.ReplaceAllString(name[:len(cut)], "")
			break
		}
	}
	return text(name)
}

var again = regexp.MustCompile(` ?\([0-9]+\)$`)

// text returns a name as JSON can hold it: a byte that is not UTF-8 as \xff.
func text(name string) string {
	var b strings.Builder
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(name[0])|0x100, 16)[1:])
		} else {
			b.WriteString(name[:size])
		}
		name = name[size:]
	}
	return b.String()
}
