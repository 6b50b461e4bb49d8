package catalog

import (
	"fmt"
	"go/build"
	"os"
	"path/filepath"
)

// An exercise that can be played by hand has a file of this name, and in it the
// test of that name, which calls peer.Play. It belongs to no requirement.
const (
	PlayFile = "play_test.go"
	PlayTest = "TestPlay"
)

// Playable returns nil if the exercise can be played here, and otherwise one
// sentence that says why not.
func (e *Exercise) Playable() error {
	if _, err := os.Stat(filepath.Join(e.Dir, PlayFile)); err != nil {
		return fmt.Errorf("%s cannot be played: it has no server or client to talk to (no %s)", e.Name, PlayFile)
	}
	here, err := build.Default.MatchFile(e.Dir, PlayFile)
	if err != nil {
		return e.problem(filepath.Join(e.Dir, PlayFile), 0, "cannot be matched with this platform: %v", err)
	}
	if !here {
		return fmt.Errorf("%s is for %s; this is %s", e.Name, e.Platforms, build.Default.GOOS)
	}
	return nil
}
