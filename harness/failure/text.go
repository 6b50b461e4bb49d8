package failure

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Options are what [Failure.Text] needs beside the failure itself.
type Options struct {
	Say      string // what it looks like
	Contract string // where to read on: "exercises/05-echo/README.md R3"
	Hint     string // the command that gives a hint: "make hint EX=05"
	Color    bool   // red for the broken rule, dim for the times of the wire
	Indent   string // put in front of each line that is not empty
	// Place returns where the reader finds a file of the learner's ("echo.go"),
	// "" if it is none. It may be nil: then places stay as short as they are.
	Place func(file string) string
}

// The measures of a text.
const (
	maxLines  = 25             // of the whole text; the wire gives way first
	minWire   = 8              // but this many of its rows stay
	maxValue  = 4              // lines of got and of want
	maxCode   = 8              // lines about the learner's code
	width     = 72             // columns of prose, after the margin
	maxColumn = 2 * width      // columns of a line that is not wrapped
	margin    = "        "     // in front of everything but the rule
	red       = "\x1b[31m"     // the rule that broke
	dim       = "\x1b[2m"      // the times of the wire
	plain     = "\x1b[0m"      // back to normal
	likely    = "likely cause" // is followed by Options.Say
)

// Text returns f as a block of about 25 lines, without a line break at the end:
// the rule, got and want, where the learner's code is, the wire, what it looks
// like, where to read on. What is empty is left out.
//
// Control characters in f are made visible, since a learner's code can put
// anything there: nothing but Color itself ever sends an escape sequence.
func (f Failure) Text(o Options) string {
	if f.Stub != "" {
		return o.join(f.rule(), f.unwritten(o), o.further())
	}
	rule := append(f.rule(), f.circumstances()...)
	further := append(append(o.say(), f.keep()...), o.further()...)
	facts := f.facts(o)
	room := maxLines - len(rule) - len(facts) - len(further) - 3 // 3 empty lines
	return o.join(rule, facts, o.wire(f.Wire, room), further)
}

// join puts an empty line between the sections and dresses each line. The
// first line of the first section is the rule.
func (o Options) join(sections ...[]string) string {
	var lines []string
	for _, s := range sections {
		if len(lines) > 0 && len(s) > 0 {
			lines = append(lines, "")
		}
		for _, line := range s {
			lines = append(lines, margin+line)
		}
	}
	lines[0] = strings.TrimPrefix(lines[0], margin)
	if o.Color {
		lines[0] = red + lines[0] + plain
	}
	for i, line := range lines {
		if line != "" {
			lines[i] = o.Indent + line
		}
	}
	return strings.Join(lines, "\n")
}

// rule is the headline.
func (f Failure) rule() []string {
	lines := wrap("", visible(f.Sentence))
	if f.Requirement == "" {
		lines[0] = "  ✗ " + lines[0]
		return lines
	}
	lines[0] = fmt.Sprintf("  ✗ %-3s %s", visible(f.Requirement), lines[0]) // as wide as the margin
	return lines
}

// circumstances says which step failed, unless the rule itself says so, and
// where it was. The in-memory network is the usual place and goes unnamed.
func (f Failure) circumstances() []string {
	var lines []string
	if f.Reason != "" && f.Reason != f.Sentence && f.Reason != f.Requirement+": "+f.Sentence {
		head := ""
		if f.Step { // without the word, it reads like what happened
			head = "failed step: "
		}
		lines = wrap(head, visible(f.Reason))
	}
	switch f.Arena {
	case Loopback:
		lines = append(lines, "(over real loopback sockets)")
	case Virtual:
		lines = append(lines, "(in virtual time)")
	case Process:
		lines = append(lines, "(in a separate process, over real loopback sockets)")
	}
	return lines
}

// facts are what was seen.
func (f Failure) facts(o Options) []string {
	lines := value("got   ", o.places(f.Got))
	if !f.saysWant() {
		lines = append(lines, value("want  ", f.Want)...)
	}
	if f.Mark != "" {
		lines = append(lines, wrap("", visible(f.Mark))...)
	}
	head := "your code: "
	for i, line := range f.Code {
		if i == maxCode-1 && len(f.Code) > maxCode {
			lines = append(lines, head+leftOut(len(f.Code)-i))
			break
		}
		lines = append(lines, wrap(head, o.places(visible(line)))...)
		head = blank(head)
	}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, glue, " ")
	}
	return lines
}

// saysWant reports whether the lines above have just said, word for word, what is
// wanted: "the conn ends" of "the conn ends when its handler returns".
func (f Failure) saysWant() bool {
	for _, said := range []string{f.Sentence, f.Reason} {
		rest, begins := strings.CutPrefix(said, f.Want)
		if begins && strings.Contains(f.Want, " ") && (rest == "" || rest[0] == ' ' || rest[0] == ',') {
			return true
		}
	}
	return false
}

// keep says how to see this failure again and where all of it is.
func (f Failure) keep() []string {
	var lines []string
	if f.Repeat != "" {
		lines = append(lines, "repeat: "+visible(f.Repeat))
	}
	if f.Artifact != "" {
		lines = append(lines, "whole conversation: "+visible(f.Artifact))
	}
	return lines
}

// unwritten is the text of a stub, which is meant to fail.
func (f Failure) unwritten(o Options) []string {
	lines := []string{"not implemented yet, so this is meant to fail"}
	if f.File != "" {
		lines = append(lines, "edit:     "+visible(o.file(f)))
	}
	return append(lines, wrap("it says:  ", visible(f.Stub))...)
}

// wire returns at most room of the drawing's rows: its header and the last.
func (o Options) wire(rows []string, room int) []string {
	room = max(room, minWire)
	var lines []string
	for i, row := range rows {
		left := len(rows) - room + 1 // rows that give way to one line about them
		switch {
		case len(rows) <= room || i == 0 || i > left:
			lines = append(lines, o.dimTime(visible(row)))
		case i == 1:
			lines = append(lines, "  … earlier rows are left out")
		}
	}
	return lines
}

// dimTime dims what is to the right of the second lifeline.
func (o Options) dimTime(row string) string {
	i := strings.LastIndexAny(row, "│┆")
	if !o.Color || i < 0 {
		return row
	}
	i += len("│")
	if i == len(row) {
		return row
	}
	return row[:i] + dim + row[i:] + plain
}

// say is the likely mistake.
func (o Options) say() []string {
	if o.Say == "" {
		return nil
	}
	return wrap(likely+": ", visible(o.Say))
}

// further is where to read on.
func (o Options) further() []string {
	var parts []string
	if o.Contract != "" {
		parts = append(parts, "contract: "+visible(o.Contract))
	}
	if o.Hint != "" {
		parts = append(parts, "hint: "+visible(o.Hint))
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, " · ")}
}

// value writes got or want, which may have several lines.
func value(head, s string) []string {
	if s == "" {
		return nil
	}
	var lines []string
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, line := range all {
		if i == maxValue-1 && len(all) > maxValue {
			lines = append(lines, head+leftOut(len(all)-i))
			break
		}
		lines = append(lines, wrap(head, visible(line))...)
		head = blank(head)
	}
	return lines
}

func leftOut(n int) string { return fmt.Sprintf("… %d more lines", n) }

// blank returns spaces as wide as s.
func blank(s string) string { return strings.Repeat(" ", utf8.RuneCountInString(s)) }
