package peer

import (
	"os"
	"testing"

	"socketkata/harness/play/stage"
	"socketkata/harness/subject"
)

// A Stage is where [Play] plays the subject for people.
type Stage = stage.Stage

// Play lets people talk to the subject by hand. It is what make play starts;
// go test skips it. The function sets up the stage.
func Play(t *testing.T, set func(s *Stage)) {
	t.Helper()
	kata := os.Getenv(stage.Env)
	if kata == "" {
		t.Skip("make play starts this")
	}
	s := stage.New(subject.UnderTest(thisPackage).Pkg)
	set(s)
	if err := s.Play(kata); err != nil {
		t.Fatal(err)
	}
	os.Exit(0) // before package testing prints into the picture
}
