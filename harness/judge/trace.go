package judge

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/catalog"
)

// A frame is one call in a traceback, of the candidate's code.
type frame struct {
	function string // "(*Server).Serve"
	place    string // "echo.go:14"
}

func (f frame) String() string { return fmt.Sprintf("%s at %s", f.function, f.place) }

var (
	framePlace = regexp.MustCompile(`^\s+(\S.*\.go):([0-9]+)(?: .*)?$`)
	goroutine  = regexp.MustCompile(`^goroutine [0-9]+ .*?\[([^\],]+)(?:, [^\]]*)?\]:$`)
)

// frames returns the candidate's calls in a part of a traceback, innermost
// first. A call takes two lines: the function, then an indented place.
func frames(e *catalog.Exercise, lines []string) []frame {
	var found []frame
	for i := 1; i < len(lines); i++ {
		m := framePlace.FindStringSubmatch(strings.TrimRight(lines[i], "\r"))
		if m == nil || !isCandidates(e, m[1]) {
			continue
		}
		found = append(found, frame{functionName(lines[i-1]), path.Base(m[1]) + ":" + m[2]})
	}
	return found
}

// isCandidates reports whether the file belongs to the exercise's package. A
// traceback of an overlay names the files in the exercise's folder, too.
func isCandidates(e *catalog.Exercise, file string) bool {
	file = strings.ReplaceAll(file, `\`, "/")
	return strings.HasSuffix(path.Dir(file), "exercises/"+e.Name) && !strings.HasSuffix(file, "_test.go")
}

// functionName takes "socketkata/exercises/05-echo.(*Server).Serve(0x1, …)" to
// "Server.Serve".
func functionName(line string) string {
	name := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "created by "))
	name, _, _ = strings.Cut(name, " in goroutine ")
	name = name[strings.LastIndexByte(name, '/')+1:]
	if _, after, ok := strings.Cut(name, "."); ok {
		name = after
	}
	method := strings.HasPrefix(name, "(*")
	name = strings.TrimPrefix(name, "(*")
	if method {
		name = strings.Replace(name, ")", "", 1)
	}
	name, _, _ = strings.Cut(name, "(")
	return name
}

// A stack is one goroutine of a traceback.
type stack struct {
	state string // "running", "chan receive", "IO wait"
	lines []string
}

// stacks splits a traceback into its goroutines.
func stacks(text string) []stack {
	var all []stack
	for line := range strings.SplitSeq(text, "\n") {
		if m := goroutine.FindStringSubmatch(line); m != nil {
			all = append(all, stack{state: m[1]})
			continue
		}
		if len(all) > 0 {
			s := &all[len(all)-1]
			s.lines = append(s.lines, line)
		}
	}
	return all
}

// panicPlace says where the candidate's code panicked, in one sentence for
// each line of the failure; nil if none of its lines is in the traceback.
func panicPlace(e *catalog.Exercise, text string) []string {
	all := stacks(text)
	if len(all) == 0 {
		return nil
	}
	found := frames(e, all[0].lines)
	if len(found) == 0 {
		return nil
	}
	return []string{found[0].String()}
}

// standing says where the candidate's goroutines stand, each place once.
func standing(e *catalog.Exercise, text string) []string {
	var said []string
	for _, s := range stacks(text) {
		found := frames(e, s.lines)
		if len(found) == 0 {
			continue
		}
		line := fmt.Sprintf("%s, %s", found[0], stateSentence(s.state))
		if !slices.Contains(said, line) {
			said = append(said, line)
		}
	}
	return said
}

func stateSentence(state string) string {
	switch state {
	case "running", "runnable":
		return state
	case "IO wait":
		return "waiting for the network"
	}
	return "blocked in " + state
}

// racePlaces says which two lines of the candidate met, from a report of the
// race detector.
func racePlaces(e *catalog.Exercise, report string) []string {
	var said []string
	for section := range strings.SplitSeq(report, "\n\n") {
		lines := strings.Split(strings.TrimPrefix(section, "WARNING: DATA RACE\n"), "\n")
		access, _, ok := strings.Cut(lines[0], " at 0x")
		if !ok {
			continue // where the goroutines began
		}
		if i := strings.Index(access, "WARNING: DATA RACE"); i >= 0 {
			access = access[i:]
		}
		found := frames(e, lines)
		if len(found) == 0 {
			continue
		}
		said = append(said, strings.ToLower(access)+" in "+found[0].String())
	}
	return said
}
