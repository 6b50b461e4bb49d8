package contest

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"socketkata/harness/spawn"
	"socketkata/harness/terminal"
)

//go:embed peers
var peerFiles embed.FS

// A peer is somebody else's server. Its file in the folder peers prints its
// address and its version, serves, and ends with its standard input.
type peer struct {
	name  string
	about string // how it is built, since each can be built to be slower
	file  string
	with  string // the program that runs the file; "" for the go command
	get   string // how to get what is missing
}

var peers = []peer{
	{name: "goroutines", about: "package net with one goroutine for each conn, and nothing else", file: "serve_goroutines.go", get: "check that go build works"},
	{name: "gnet", about: "one event loop", file: gnetFile, get: "be online, since it is downloaded once"},
	{name: "asyncio", about: "BufferedProtocol with one receive buffer of 64 KiB; data_received and streams allocate 256 KiB for each message, which is far slower on some systems", file: "serve_asyncio.py", with: "python3", get: "install Python 3"},
	{name: "socketserver", about: "ThreadingTCPServer with a backlog of 1,024; with its own backlog of 5, clients that come at once wait for seconds", file: "serve_socketserver.py", with: "python3", get: "install Python 3"},
	{name: "node", about: "net.createServer and pipe", file: "serve_node.js", with: "node", get: "install Node.js"},
}

// gnetFile is the one that needs a module of its own: a learner who does not ask
// for peers downloads nothing.
const gnetFile = "serve_gnet.go"

// buildTime is how long a build may take, with its downloads.
const buildTime = time.Minute

// command writes the peer's file into dir and returns the command that runs it.
// The error says in a sentence how to get what is missing.
func (p peer) command(ctx context.Context, dir string) ([]string, error) {
	if err := copyPeerFile(p.file, filepath.Join(dir, p.file)); err != nil {
		return nil, err
	}
	if p.with != "" {
		path, err := exec.LookPath(p.with)
		if err != nil {
			return nil, fmt.Errorf("there is no %s in PATH: %s", p.with, p.get)
		}
		return []string{path, filepath.Join(dir, p.file)}, nil
	}
	if p.file == gnetFile {
		for _, name := range []string{"mod", "sum"} {
			if err := copyPeerFile("gnet."+name, filepath.Join(dir, "go."+name)); err != nil {
				return nil, err
			}
		}
	}
	program := filepath.Join(dir, "peer.exe")
	limited, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	cmd := exec.CommandContext(limited, "go", "build", "-o", program, p.file)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GO111MODULE=on", "GOFLAGS=-mod=mod")
	output, err := spawn.Combined(cmd)
	if err != nil {
		lines := strings.Split(strings.TrimSpace(output), "\n")
		says := cmp.Or(lines[len(lines)-1], err.Error())
		return nil, fmt.Errorf("go build says %q: %s", terminal.Visible(says), p.get)
	}
	return []string{program}, nil
}

func copyPeerFile(name, path string) error {
	text, err := peerFiles.ReadFile("peers/" + name)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
