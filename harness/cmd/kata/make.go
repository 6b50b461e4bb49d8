package main

import (
	"slices"
	"strings"

	"socketkata/harness/terminal"
)

// The variables that the Makefile passes to kata.
var makeVariables = []string{"EX", "R", "KEPT", "ALL", "FORCE", "PORT", "OPEN", "PEERS", "IN", "OUT"}

// fromMake reads what make was given beside the verb: the word of make test 05,
// and the variables. What kata does not understand is refused: make itself would
// say nothing, and kata would test another exercise than the learner meant.
func (k *kata) fromMake() error {
	for _, name := range commandVariables(k.getenv) {
		switch {
		case slices.Contains(makeVariables, name) || forOthers(name):
		case slices.Contains(makeVariables, strings.ToUpper(name)):
			return terminal.Usagef("make: write the variable %s in capitals: %s", name, strings.ToUpper(name))
		default:
			return terminal.Usagef("make: there is no variable %s; there are %s", name, strings.Join(makeVariables, ", "))
		}
	}
	words := strings.Fields(k.getenv("KATA_WORDS"))
	switch {
	case len(words) == 0:
	case len(words) > 1:
		return terminal.Usagef("make: name one exercise, not %s: make test EX=05", strings.Join(words, " "))
	case k.getenv("EX") != "":
		return terminal.Usagef("make: the exercise is named twice: leave out %s or EX=%s", words[0], k.getenv("EX"))
	default:
		k.word = words[0]
	}
	return nil
}

// commandVariables returns the names of the variables on make's command line,
// which are in MAKEFLAGS after " -- ". In a make that another one has started,
// they are the other one's.
func commandVariables(getenv func(string) string) []string {
	if getenv("KATA_ROOT") == "" || getenv("MAKELEVEL") != "1" {
		return nil
	}
	_, variables, _ := strings.Cut(" "+getenv("MAKEFLAGS"), " -- ")
	var names []string
	// A space within a value has a backslash in front of it.
	for assignment := range strings.SplitSeq(strings.ReplaceAll(variables, `\ `, "_"), " ") {
		if name, _, ok := strings.Cut(assignment, "="); ok {
			names = append(names, strings.TrimRight(name, ":?+"))
		}
	}
	return names
}

// forOthers reports whether a variable is for the go command, the tests or make.
func forOthers(name string) bool {
	for _, prefix := range []string{"KATA_", "GO", "CGO_", "MAKE"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"CC", "CXX", "NO_COLOR", "TERM", "TMPDIR", "PATH", "SHELL"}, name)
}
