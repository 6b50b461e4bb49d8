package contest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/judge"
)

// TestPeers: each peer that can run here says its version, echoes over several
// conns at once, and ends when kata does, even if kata is killed.
func TestPeers(t *testing.T) {
	t.Setenv("GOPROXY", "off") // tests need no network
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			s, err := p.start(t.Context())
			if err != nil && strings.Contains(err.Error(), p.get) {
				t.Skip(err)
			}
			require.NoError(t, err)
			defer s.end()
			require.Regexp(t, `^\S.*[0-9]\.[0-9].*, `+p.about[:5], s.about)
			r, _, err := s.load(t.Context(), 20, 100*time.Millisecond)
			require.NoError(t, err)
			require.Empty(t, r.Errors)
			g := s.guest
			require.NoError(t, g.alive.Close())
			select {
			case <-g.exited:
			case <-time.After(startTime):
				t.Fatal("it goes on without standard input")
			}
		})
	}
}

// TestPeersAreLeftOut: whatever is missing is said in one sentence, with how to
// get it, and the others are measured.
func TestPeersAreLeftOut(t *testing.T) {
	path, err := exec.LookPath("go")
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(path, filepath.Join(bin, "go")))
	t.Setenv("PATH", bin)
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir()) // in which gnet is not
	e := find(t, "echo")
	var out bytes.Buffer
	o := quick(t, &out)
	o.Peers = true
	require.NoError(t, Run(t.Context(), o, e, judge.Reference(e)))
	said := strings.Join(strings.Fields(out.String()), " ")
	for _, sentence := range []string{
		"asyncio is left out: there is no python3 in PATH: install Python 3.",
		"socketserver is left out: there is no python3 in PATH: install Python 3.",
		"node is left out: there is no node in PATH: install Node.js.",
		"gnet is left out: go build says \"",
		"disabled by GOPROXY=off\": be online, since it is downloaded once.",
	} {
		require.Contains(t, said, sentence)
	}
	require.Regexp(t, `(?m)^goroutines +[1-9][0-9,]* +[0-9.]+ ms .* [0-9.]+ \([0-9.]+–[0-9.]+\)$`, out.String())
	require.NotContains(t, said, "goroutines is left out")
	page, err := os.ReadFile(o.File)
	require.NoError(t, err)
	require.Contains(t, string(page), "asyncio is left out: there is no python3 in PATH: install Python 3.")
	require.Contains(t, string(page), "package net with one goroutine for each conn")
}

// TestNoGo: without a go command, a peer that has to be built says so.
func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := peers[0].start(t.Context())
	require.ErrorContains(t, err, "not found")
	require.ErrorContains(t, err, "check that go build works")
}
