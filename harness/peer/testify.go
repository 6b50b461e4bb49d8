package peer

import (
	"fmt"
	"regexp"
	"strings"

	"socketkata/harness/failure"
)

// Errorf reports a failed check of testify. It is part of require.TestingT.
func (b *Bench) Errorf(format string, args ...any) {
	b.t.Helper()
	o, reason := readTestify(fmt.Sprintf(format, args...))
	f := b.head
	f.Reason, f.Symptom, f.Got, f.Want = reason, o.symptom, o.got, o.want
	w := b.glance()
	b.mu.Lock()
	f.Code = w.code()
	b.override(&f, w)
	b.mu.Unlock()
	f.Wire = b.drawing(nil, wireRows)
	b.report(f)
}

// FailNow ends the script. It is part of require.TestingT.
func (b *Bench) FailNow() {
	b.t.Helper()
	b.t.FailNow()
}

// Helper is testing.T.Helper.
func (b *Bench) Helper() { b.t.Helper() }

// section finds the parts of a message of testify: a label, a tab, and lines
// that are indented below it.
var section = regexp.MustCompile(`(?m)^\s*(Error Trace|Error|Test|Messages):[ \t]*`)

// readTestify takes a message of testify apart.
func readTestify(message string) (outcome, string) {
	parts := map[string]string{}
	marks := section.FindAllStringSubmatchIndex(message, -1)
	for i, m := range marks {
		end := len(message)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		parts[message[m[2]:m[3]]] = unindent(message[m[1]:end])
	}
	said := parts["Error"]
	if len(marks) == 0 {
		said = strings.TrimSpace(message)
	}
	return inOurWords(said), parts["Messages"]
}

func unindent(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, "\n")
}

// testifySays are the sentences of testify that a learner gets to see in other
// words. A test holds them to the version in use.
var testifySays = []struct {
	said    *regexp.Regexp
	symptom failure.Symptom
	got     string
	want    string
}{
	{regexp.MustCompile(`(?s)^Received unexpected error:\n(.*)`), failure.ReturnedError, `the error "$1"`, "no error"},
	{regexp.MustCompile(`(?s)^An error is expected but got nil`), failure.NoError, "no error", "an error"},
	{regexp.MustCompile(`(?s)^Expected error with "(.*)" in chain but got nil`), failure.NoError, "no error", `an error that is, or wraps, "$1" (by errors.Is)`},
	{regexp.MustCompile(`(?s)^Target error should be in err chain:\nexpected: "(.*)"\nin chain: ("[^\n]*).*`), failure.WrongError, "the error $2", `an error that is, or wraps, "$1" (by errors.Is)`},
	{regexp.MustCompile(`(?s)^Target error should be in err chain:\nexpected: "(.*)"\nin chain: *$`), failure.NoError, "no error", `an error that is, or wraps, "$1" (by errors.Is)`},
	{regexp.MustCompile(`(?s)^Not equal: *\nexpected: ([^\n]*)\nactual *: ([^\n]*).*`), failure.WrongValue, "$2", "$1"},
	{regexp.MustCompile(`(?s)^"(.*)" is not ((?:less|greater) than(?: or equal to)?) "(.*)"`), failure.WrongValue, "$1", "$2 $3"},
	{regexp.MustCompile(`(?s)^Should be (true|false)`), failure.WrongValue, "this does not hold", ""},
}

// inOurWords turns what testify said into got and want.
func inOurWords(said string) outcome {
	for _, s := range testifySays {
		if m := s.said.FindStringSubmatchIndex(said); m != nil {
			expand := func(template string) string {
				return string(s.said.ExpandString(nil, template, said, m))
			}
			return outcome{symptom: s.symptom, got: expand(s.got), want: expand(s.want)}
		}
	}
	return outcome{symptom: failure.WrongValue, got: said}
}
