// Package patch reads and writes changes of a few files, each a unified diff
// below some lines of prose.
//
// A hunk has no fixed place: it applies where its old text occurs exactly once.
// So a patch survives lines inserted above it, and is never applied to the
// wrong lines. Line numbers in a hunk are only for people.
package patch

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// A Patch is a header and the hunks below it.
type Patch struct {
	Header []string // the lines above the diff, without empty ones at its end
	hunks  []hunk
}

// A hunk replaces old by new, both whole lines with some context.
type hunk struct {
	file     string
	line     int // of the patch, where the hunk begins
	number   int // 1 for the first hunk of the patch
	old, new string
	lines    []gitdiff.Line
	origins  []int // for each line of new, its line in the patch
}

// An Error is a fault of a patch, with its line.
type Error struct {
	Line int
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

func errorAt(line int, format string, args ...any) error {
	return &Error{line, fmt.Sprintf(format, args...)}
}

// Parse reads a patch. Every error is an [*Error].
func Parse(text string) (*Patch, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	files, prose, err := gitdiff.Parse(strings.NewReader(text))
	if err != nil {
		return nil, parseError(err, strings.Split(text, "\n"))
	}
	if len(files) == 0 {
		return nil, errorAt(1, "the diff is empty: write it below the header, from --- FILE and +++ FILE on")
	}
	p := &Patch{Header: strings.Split(strings.TrimRight(prose, "\n"), "\n")}
	return p, p.read(strings.Split(text, "\n"), strings.Count(prose, "\n"), files)
}

// read takes over the hunks. The library skips lines that belong to no hunk,
// so read also checks that there are none. at is the index of the next line.
func (p *Patch) read(lines []string, at int, files []*gitdiff.File) error {
	for _, f := range files {
		want := []string{"--- " + f.OldName, "+++ " + f.OldName}
		for _, head := range want {
			if lines[at] != head {
				return errorAt(at+1, "expected %q: a patch changes files and neither adds, removes nor renames one", head)
			}
			at++
		}
		for _, fragment := range f.TextFragments {
			h := hunk{file: f.OldName, line: at + 1, number: len(p.hunks) + 1, lines: fragment.Lines}
			at++
			for _, l := range fragment.Lines {
				at++
				if l.Old() {
					h.old += l.Line
				}
				if l.New() {
					h.new += l.Line
					h.origins = append(h.origins, at)
				}
			}
			p.hunks = append(p.hunks, h)
		}
	}
	for ; at < len(lines); at++ {
		if lines[at] != "" {
			return errorAt(at+1, "this line belongs to no hunk: correct the line counts in the @@ line above it")
		}
	}
	return nil
}

var libraryError = regexp.MustCompile(`^gitdiff: line ([0-9]+): (.*)$`)

// parseError takes over an error of the library, which counts some of the lines
// of a hunk twice: a wrong count is a fault of the hunk's first line.
func parseError(err error, lines []string) error {
	m := libraryError.FindStringSubmatch(err.Error())
	if m == nil {
		return errorAt(1, "cannot be read as a unified diff: %v", err)
	}
	line, _ := strconv.Atoi(m[1]) // digits only
	if strings.Contains(m[2], "miscounts") {
		for line = min(line, len(lines)); line > 1 && !strings.HasPrefix(lines[line-1], "@@ "); {
			line--
		}
	}
	return errorAt(line, "not a unified diff: %s", m[2])
}

// Files returns the names of the files that the patch changes, each once, in
// order.
func (p *Patch) Files() []string {
	var names []string
	for i, h := range p.hunks {
		if i == 0 || p.hunks[i-1].file != h.file {
			names = append(names, h.file)
		}
	}
	return names
}

// Apply returns the files, by name, with the patch applied. It changes nothing
// in files itself. Every error is an [*Error].
func (p *Patch) Apply(files map[string]string) (map[string]string, error) {
	applied := maps.Clone(files)
	for _, name := range p.Files() {
		text, known := files[name]
		if !known {
			return nil, errorAt(p.firstHunk(name).line, "%s is not a file of the reference: a patch changes only those", name)
		}
		spans, err := p.locate(name, text)
		if err != nil {
			return nil, err
		}
		applied[name] = splice(text, spans)
	}
	return applied, nil
}

// Origin returns the line of the patch that line number of the patched file
// comes from, 0 if the patch says nothing about it.
func (p *Patch) Origin(files map[string]string, name string, number int) int {
	spans, err := p.locate(name, files[name])
	if err != nil {
		return 0
	}
	shift := 0 // lines added so far
	for _, s := range spans {
		first := strings.Count(files[name][:s.start], "\n") + shift
		if i := number - 1 - first; i >= 0 && i < len(s.origins) {
			return s.origins[i]
		}
		shift += strings.Count(s.new, "\n") - strings.Count(s.old, "\n")
	}
	return 0
}

func (p *Patch) firstHunk(name string) hunk {
	for _, h := range p.hunks {
		if h.file == name {
			return h
		}
	}
	return hunk{}
}

// A span is a hunk and where its old text begins.
type span struct {
	hunk
	start int
}

// locate finds the places of the hunks of one file, in order.
func (p *Patch) locate(name, text string) ([]span, error) {
	var spans []span
	end := 0
	for _, h := range p.hunks {
		if h.file != name {
			continue
		}
		places := find(text, h.old)
		switch {
		case len(places) == 0:
			return nil, errorAt(h.line, "hunk %d does not apply: its old lines are not in %s", h.number, name)
		case len(places) > 1:
			return nil, errorAt(h.line, "hunk %d applies in %d places of %s: give it more lines of context", h.number, len(places), name)
		case places[0] < end:
			return nil, errorAt(h.line, "hunk %d overlaps the one above it or belongs before it: order the hunks as in %s", h.number, name)
		}
		spans = append(spans, span{h, places[0]})
		end = places[0] + len(h.old)
	}
	return spans, nil
}

// find returns every place where old begins in text, at the start of a line.
func find(text, old string) []int {
	var places []int
	for at := 0; at < len(text); {
		if strings.HasPrefix(text[at:], old) {
			places = append(places, at)
		}
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return places
}

func splice(text string, spans []span) string {
	var b strings.Builder
	done := 0
	for _, s := range spans {
		b.WriteString(text[done:s.start] + s.new)
		done = s.start + len(s.old)
	}
	b.WriteString(text[done:])
	return b.String()
}
