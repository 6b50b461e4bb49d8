package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlayable(t *testing.T) {
	t.Parallel()
	e := &Exercise{Name: "05-echo", Platforms: "Linux and macOS", Dir: t.TempDir()}
	for _, c := range []struct{ file, want string }{
		{"", "05-echo cannot be played: it has no server or client to talk to (no play_test.go)"},
		{"//go:build plan9\n\npackage echo_test\n", "05-echo is for Linux and macOS; this is "},
		{"package echo_test\n", ""},
	} {
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(e.Dir, PlayFile), []byte(c.file), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		if err := e.Playable(); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
