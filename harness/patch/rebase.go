package patch

import (
	"go/scanner"
	"go/token"
	"maps"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// Rebase is Apply for Go files that have changed since the patch was written.
// A hunk also applies where comments have changed, and with less context where
// its context has; it must still apply in one place only. Every error is an
// [*Error].
func (p *Patch) Rebase(files map[string]string) (map[string]string, error) {
	applied := maps.Clone(files)
	for _, name := range p.Files() {
		if _, known := files[name]; !known {
			_, err := p.Apply(files) // says so
			return nil, err
		}
		var spans []span
		end := 0
		for _, h := range p.hunks {
			if h.file != name {
				continue
			}
			s, ok := h.relocate(files[name])
			if !ok || s.start < end {
				_, err := p.locate(name, files[name])
				return nil, err
			}
			spans = append(spans, s)
			end = s.start + len(s.old)
		}
		applied[name] = splice(files[name], spans)
	}
	return applied, nil
}

// A codeLine is a line that holds more than a comment.
type codeLine struct {
	code  string // without comments, with single spaces
	index int    // among all lines
}

// relocate finds the one place where the hunk's code is, and makes the hunk fit
// the lines that are there now.
func (h hunk) relocate(text string) (span, bool) {
	if places := find(text, h.old); len(places) == 1 {
		return span{h, places[0]}, true
	}
	now := splitLines(text)
	ours, theirs := oldCode(h.lines), codeLines(now)
	lead, trail := h.context(ours)
	for drop := 0; drop <= lead+trail && drop < len(ours); drop++ {
		for above := min(drop, lead); above >= max(0, drop-trail); above-- {
			part := ours[above : len(ours)-(drop-above)]
			if at, once := findCode(theirs, part); once {
				found := theirs[at : at+len(part)]
				return h.fit(now, text, part, found), true
			}
		}
	}
	return span{}, false
}

// context returns how many lines of the hunk's old code are context above its
// first change and below its last.
func (h hunk) context(ours []codeLine) (lead, trail int) {
	for lead < len(ours) && !h.changedBefore(ours[lead].index+1) {
		lead++
	}
	for trail < len(ours)-lead && !h.changedFrom(ours[len(ours)-1-trail].index) {
		trail++
	}
	return lead, trail
}

func (h hunk) changedBefore(end int) bool { return changed(h.lines[:end]) }
func (h hunk) changedFrom(start int) bool { return changed(h.lines[start:]) }

func changed(lines []gitdiff.Line) bool {
	for _, l := range lines {
		if l.Op != gitdiff.OpContext {
			return true
		}
	}
	return false
}

// oldCode returns the code that the hunk expects to find.
func oldCode(lines []gitdiff.Line) []codeLine {
	var old []codeLine
	for i, l := range lines {
		if code := codeOf(l.Line); l.Old() && code != "" {
			old = append(old, codeLine{code, i})
		}
	}
	return old
}

func codeLines(lines []string) []codeLine {
	var all []codeLine
	for i, l := range lines {
		if code := codeOf(l); code != "" {
			all = append(all, codeLine{code, i})
		}
	}
	return all
}

// codeOf returns what the compiler sees of a line.
func codeOf(line string) string {
	var s scanner.Scanner
	src := []byte(line)
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, 0)
	var code []string
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return strings.Join(code, " ")
		case tok == token.SEMICOLON && lit == "\n":
		case lit != "":
			code = append(code, lit)
		default:
			code = append(code, tok.String())
		}
	}
}

// findCode returns where part is among the lines, if it is there once.
func findCode(lines, part []codeLine) (at int, once bool) {
	n := 0
	for i := 0; i+len(part) <= len(lines); i++ {
		equal := true
		for k := range part {
			equal = equal && lines[i+k].code == part[k].code
		}
		if equal {
			at = i
			n++
		}
	}
	return at, n == 1
}

// fit makes the hunk one of the lines as they are now: context and comments
// are those of now, what the hunk removes goes, what it adds comes.
func (h hunk) fit(now []string, text string, part, found []codeLine) span {
	first, last := found[0].index, found[len(found)-1].index
	next := first // the first line of now that is not decided on
	var b strings.Builder
	k := 0 // the next of part
	dropsComment := false
	for i, l := range h.lines {
		switch {
		case l.Op == gitdiff.OpAdd:
			b.WriteString(l.Line)
		case k == len(part) || i != part[k].index: // a comment, an empty line, or context that has changed
			dropsComment = dropsComment || l.Op == gitdiff.OpDelete
		default:
			at := found[k].index
			if !dropsComment {
				b.WriteString(strings.Join(now[next:at], ""))
			}
			if l.Op == gitdiff.OpContext {
				b.WriteString(now[at])
			}
			next, dropsComment = at+1, false
			k++
		}
	}
	old := strings.Join(now[first:last+1], "")
	h.old, h.new = old, b.String()
	return span{h, len(strings.Join(now[:first], ""))}
}
