package peer

import (
	"os"
	"testing"

	"socketkata/harness/play/stage"
)

// A Stage is where [Play] plays the subject for people.
type Stage = stage.Stage

// Play lets people talk to the subject by hand. It is what make play starts;
// under go test it is passed over. The function sets up the stage.
func Play(t *testing.T, set func(s *Stage)) {
	t.Helper()
	kata := os.Getenv(stage.Env)
	if kata == "" {
		t.Skip("make play starts this")
	}
	s := stage.New(subjectOf(callerOutside()).pkg)
	set(s)
	if err := s.Play(kata); err != nil {
		t.Fatal(err)
	}
	os.Exit(0) // not a word of package testing into the picture
}
