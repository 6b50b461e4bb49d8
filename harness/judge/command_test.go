package judge

import "testing"

func TestNoGoCommand(t *testing.T) {
	e := echoExercise(t)
	t.Setenv("PATH", t.TempDir())
	_, err := Judge(t.Context(), e, Learner(e), Options{})
	if want := "judge 05-echo: the go command is not in PATH: install Go from https://go.dev/dl/"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
