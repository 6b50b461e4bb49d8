package catalog

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"socketkata/harness/failure"
)

// maxSentence is the longest sentence of a requirement, in characters.
const maxSentence = 90

// A readme is what the catalog reads of an exercise's README.md.
type readme struct {
	title, part, platforms string
	arenas                 []string
	requirements           []listed
}

// A listed requirement is one line of the contract.
type listed struct {
	id, sentence string
	tier         Tier
	line         int
}

var (
	titleLine  = regexp.MustCompile(`^# ([0-9]{2}) ([a-z0-9]+) — (\S.*)$`)
	partField  = regexp.MustCompile(`^Part [0-9]+`)
	listLine   = regexp.MustCompile(`^- \*\*(R[0-9]+)\*\* (\S.*)$`)
	almostLine = regexp.MustCompile(`^\s*[-*+]\s*[*_]*R[0-9]+`)
)

func (e *Exercise) readReadme() (readme, []error) {
	file := filepath.Join(e.Dir, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		return readme{}, []error{e.problem(file, 0, "missing: write the exercise's text, beginning with \"# %02d %s — Title\"", e.Number, e.Slug)}
	}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	var r readme
	var problems []error
	add := e.adder(file, &problems)
	rest := e.readHead(&r, lines, add)
	readContract(&r, lines, rest, add)
	return r, problems
}

// readHead reads the title and the line of facts below it. It returns the
// index of the line that follows.
func (e *Exercise) readHead(r *readme, lines []string, add adder) int {
	m := titleLine.FindStringSubmatch(strings.TrimRight(lines[0], " "))
	if m == nil || m[1] != e.Name[:2] || m[2] != e.Slug {
		add(1, "begin with the line \"# %s %s — Title\", with an em dash", e.Name[:2], e.Slug)
	} else {
		r.title = m[3]
	}
	i := 1
	for i < len(lines) && strings.TrimSpace(lines[i]) == "" {
		i++
	}
	const want = "below the title, write \"Part 2 · every platform · arenas: memory, loopback\" with this exercise's facts"
	if i == len(lines) {
		add(1, want)
		return i
	}
	fields := strings.Split(lines[i], "·")
	for f := range fields {
		fields[f] = strings.TrimSpace(fields[f])
	}
	if len(fields) != 3 || !partField.MatchString(fields[0]) || !strings.HasPrefix(fields[2], "arenas: ") {
		add(i+1, want)
		return i + 1
	}
	r.part, r.platforms = fields[0], fields[1]
	if r.arenas = readArenas(strings.TrimPrefix(fields[2], "arenas: "), i+1, add); len(r.arenas) == 0 {
		add(i+1, want)
	}
	return i + 1
}

// readContract reads the requirements below "## Contract".
func readContract(r *readme, lines []string, from int, add adder) {
	inContract, seen := false, false
	var tier Tier
	for i := from; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " ")
		switch {
		case strings.HasPrefix(line, "## "):
			inContract, tier = line == "## Contract", ""
			seen = seen || inContract
		case inContract && strings.HasPrefix(line, "### "):
			if tier = tierOf(line[4:]); tier == unknownTier {
				add(i+1, "name the parts of the contract \"### Core\" and \"### Hardened\"")
			}
		case inContract && listLine.MatchString(line):
			m := listLine.FindStringSubmatch(line)
			r.list(listed{id: m[1], sentence: m[2], tier: tier, line: i + 1}, add)
		case inContract && almostLine.MatchString(line):
			add(i+1, "write a requirement as \"- **R1** one message comes back\"")
		}
	}
	switch {
	case !seen:
		add(0, "no contract: add \"## Contract\" with \"### Core\" and \"### Hardened\"")
	case len(r.requirements) == 0:
		add(0, "the contract holds no requirement: list one as \"- **R1** one message comes back\"")
	}
}

func tierOf(heading string) Tier {
	switch heading {
	case "Core":
		return Core
	case "Hardened":
		return Hardened
	}
	return unknownTier
}

// unknownTier is that of a heading that has been reported.
const unknownTier Tier = "?"

// list appends one requirement and checks it against those before it. Numbers
// need not be in order: they are permanent, and a removed one leaves a gap.
func (r *readme) list(l listed, add adder) {
	n := len(r.requirements)
	if slices.ContainsFunc(r.requirements, func(other listed) bool { return other.id == l.id }) {
		add(l.line, "%s is listed twice: give the new requirement the next number that was never used", l.id)
	}
	switch {
	case l.tier == "":
		add(l.line, "%s is in neither part: put it below \"### Core\" or \"### Hardened\"", l.id)
	case l.tier == Core && n > 0 && r.requirements[n-1].tier == Hardened:
		add(l.line, "%s is core and follows a hardened one: put \"### Core\" first", l.id)
	}
	if strings.HasSuffix(l.sentence, ".") {
		add(l.line, "%s ends with a full stop: leave it out", l.id)
	}
	if c := utf8.RuneCountInString(l.sentence); c > maxSentence {
		add(l.line, "%s has %d characters: say it in %d", l.id, c, maxSentence)
	}
	r.requirements = append(r.requirements, l)
}

// isArena reports whether name is an arena that a test can name.
func isArena(name string) bool {
	return name != failure.Process && slices.Contains(failure.Arenas(), name)
}
