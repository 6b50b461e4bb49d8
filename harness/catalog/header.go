package catalog

import (
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/failure"
)

// A headerLine is one line of an answer's header, and where it is.
type headerLine struct {
	text string
	line int
}

// Unwritten marks in the header of a mistake what a person must still write.
// The exam refuses it.
const Unwritten = "TO BE WRITTEN"

// An adder notes a problem in a line of the file that is read.
type adder func(line int, format string, args ...any)

var headerKey = regexp.MustCompile(`^(Seen|Caught by|Shows|Arenas|Say): *(.*)$`)

// readValues reads the header of an answer: a sentence, and the value of each
// key. It also returns the line of each key.
func readValues(header []headerLine, add adder) (values map[string]string, lines map[string]int) {
	values, lines = map[string]string{}, map[string]int{}
	key := ""
	for _, h := range header {
		if m := headerKey.FindStringSubmatch(h.text); m != nil {
			key = m[1]
			if lines[key] != 0 {
				add(h.line, "%q appears twice: write it once", key+":")
			}
			values[key], lines[key] = m[2], h.line
			continue
		}
		if h.text != "" {
			values[key] = strings.TrimSpace(values[key] + " " + h.text)
		}
	}
	return values, lines
}

// readHeader reads what the header of a mistake says.
func (e *Exercise) readHeader(v *Mistake, header []headerLine, add adder) {
	values, lines := readValues(header, add)
	v.About, v.Seen, v.Say = values[""], values["Seen"], values["Say"]
	if v.About == "" {
		add(1, "begin with a sentence that says what the mistake is")
	}
	for _, k := range []string{"Seen", "Caught by", "Say"} {
		if values[k] == "" {
			add(1, "the header lacks %q: add it", k+":")
		}
	}
	if values["Caught by"] != "" {
		e.readCaughtBy(v, values["Caught by"], lines["Caught by"], add)
	}
	if values["Shows"] != "" {
		v.Shows = strings.Split(values["Shows"], " & ")
	}
	v.Arenas = readArenas(values["Arenas"], lines["Arenas"], add)
}

// readArenas reads "memory, virtual".
func readArenas(text string, line int, add adder) []string {
	var arenas []string
	for arena := range strings.SplitSeq(text, ",") {
		if arena = strings.TrimSpace(arena); arena == "" {
			continue
		}
		if !isArena(arena) {
			add(line, "%q is no arena: write memory, virtual or loopback", arena)
		}
		arenas = append(arenas, arena)
	}
	return arenas
}

var caughtBy = regexp.MustCompile(`^(R[0-9]+)(?: \(([^)]*)\))?$`)

// readCaughtBy reads "R2 (missing tail | early EOF), R4".
func (e *Exercise) readCaughtBy(v *Mistake, text string, line int, add adder) {
	last := -1
	for i, item := range strings.Split(text, ",") {
		m := caughtBy.FindStringSubmatch(strings.TrimSpace(item))
		if m == nil || (m[2] != "") != (i == 0) {
			add(line, "write it as \"Caught by: R2 (missing tail | early EOF), R4\"")
			return
		}
		at := slices.IndexFunc(e.Requirements, func(r Requirement) bool { return r.ID == m[1] })
		switch {
		case at < 0 && len(e.Requirements) > 0:
			add(line, "%s is no requirement of this exercise: name the requirements that fail", m[1])
		case at >= 0 && at <= last:
			add(line, "%s is out of order: name the requirements in order, each once", m[1])
		}
		last = max(last, at)
		v.Requirements = append(v.Requirements, m[1])
		if m[2] == "" {
			continue
		}
		for s := range strings.SplitSeq(m[2], "|") {
			symptom := failure.Symptom(strings.TrimSpace(s))
			if !slices.Contains(failure.Symptoms(), symptom) {
				add(line, "%q is no symptom: take one from harness/failure/failure.go", symptom)
			}
			v.Symptoms = append(v.Symptoms, symptom)
		}
	}
}
