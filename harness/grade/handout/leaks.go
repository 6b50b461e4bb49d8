package handout

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"socketkata/harness/catalog"
)

// run is how many lines in a row make a leak.
const run = 3

// leaks returns an error if a file of the hand-out has three lines in a row that
// a solution, a mistake or a right answer has, and that the exercise does not show
// to its learners: in its stub, its tests, its README.md or its hints.
//
// A line counts without the space around it, and only if it has three words or
// more: braces, "return err" and "if err != nil" are everywhere.
func leaks(c *catalog.Catalog, exercises []*catalog.Exercise, t tree) error {
	secret := map[string]string{} // three lines → where they are from
	for _, e := range c.Exercises {
		if err := e.Load(); err != nil {
			return err
		}
		if err := addSecrets(secret, e); err != nil {
			return err
		}
	}
	shown := map[string]bool{}
	for _, e := range exercises {
		if err := addShown(shown, e, t); err != nil {
			return err
		}
	}
	return find(t, secret, shown)
}

// addShown adds the lines that the exercise shows to its learners.
func addShown(shown map[string]bool, e *catalog.Exercise, t tree) error {
	var texts []string
	for _, stub := range e.Stub {
		text, err := os.ReadFile(stub)
		if err != nil {
			return err
		}
		texts = append(texts, string(text))
	}
	dir := e.Rel(e.Dir)
	for name, text := range t {
		if path.Dir(name) == dir && (strings.HasSuffix(name, "_test.go") || path.Ext(name) == ".md") {
			texts = append(texts, string(text))
		}
	}
	for _, text := range texts {
		for _, lines := range triples(text) {
			shown[lines] = true
		}
	}
	return nil
}

// addSecrets adds the lines of the exercise's answers.
func addSecrets(secret map[string]string, e *catalog.Exercise) error {
	reference, err := e.ReferenceCode()
	if err != nil {
		return err
	}
	answers := []catalog.Answer{{Name: "the reference", Code: reference}}
	answers = append(answers, e.Right...)
	for _, m := range e.Mistakes {
		answers = append(answers, m.Answer)
	}
	for _, a := range answers {
		for _, text := range a.Code {
			for _, lines := range triples(text) {
				if secret[lines] == "" {
					secret[lines] = e.Name + ", " + a.Name
				}
			}
		}
	}
	return nil
}

// find returns an error that names the first secret lines in the hand-out.
func find(t tree, secret map[string]string, shown map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		for _, lines := range triples(string(t[name])) {
			if from := secret[lines]; from != "" && !shown[lines] {
				return fmt.Errorf("%s would give away lines of an answer (%s), so nothing is handed out:\n%s", name, from, lines)
			}
		}
	}
	return nil
}

// triples returns every three lines in a row that count.
func triples(text string) []string {
	var lines, all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); words(line) >= 3 && line != "if err != nil {" {
			lines = append(lines, line)
		}
	}
	for i := range len(lines) - run + 1 {
		all = append(all, strings.Join(lines[i:i+run], "\n"))
	}
	return all
}

func words(line string) int {
	return len(strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }))
}
