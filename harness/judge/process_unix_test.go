//go:build unix

package judge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestInterruptedBuildTidiesUp: a go command that builds a candidate's program
// is asked to end, not killed, or its temporary files would stay.
func TestInterruptedBuildTidiesUp(t *testing.T) {
	e := ownExercise(t)
	dir := t.TempDir()
	begun, left := filepath.Join(dir, "begun"), filepath.Join(dir, "left")
	if err := syscall.Mkfifo(begun, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\ntrap 'rm " + left + "; exit 1' INT\ntouch " + left + "\necho > " + begun + "\nsleep 60 >/dev/null 2>&1 &\nwait\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		os.ReadFile(begun) // until the command has begun
		cancel()
	}()
	if _, err := Judge(ctx, e, Learner(e), Options{Process: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the command was killed before it could remove its files")
	}
}
