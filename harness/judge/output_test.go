package judge

import "testing"

// What the bench writes is none of the candidate's output, with the line of a
// script in front as well as behind its end.
func TestBenchIsNotTheCandidate(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"echo_test.go:21", "the end of the script"} {
		said, rest := separate("listening\nhalf a line    " + place + ":\n      ✗ R1  one message comes back\n    \n            got   EOF\ngood bye\n")
		if want := "  ✗ R1  one message comes back\n\n    got   EOF\n"; said != want {
			t.Errorf("%s: the bench said %q, want %q", place, said, want)
		}
		if want := "listening\nhalf a line\ngood bye\n"; rest != want {
			t.Errorf("%s: the candidate printed %q, want %q", place, rest, want)
		}
	}
}
