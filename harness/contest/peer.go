package contest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"socketkata/harness/slow"
	"socketkata/harness/spawn"
	"socketkata/harness/temporary"
	"socketkata/harness/terminal"
)

// A guest is the process of a peer.
type guest struct {
	dir    string // temporary
	group  *spawn.Group
	alive  io.Closer // its standard input: it ends when this is closed
	said   announced // on its standard output
	wrong  lastBytes // of its standard error
	exited chan struct{}
}

// start starts the peer and has it prove that it echoes. The error says why it
// cannot take part.
func (p peer) start(ctx context.Context) (*side, error) {
	dir, err := temporary.Folder(os.Getenv("GOTMPDIR"), "peer")
	if err != nil {
		return nil, err
	}
	g := &guest{dir: dir, said: announced{line: make(chan string, 1)}, exited: make(chan struct{})}
	said, pid, err := g.begin(ctx, p)
	if err != nil {
		g.end()
		return nil, err
	}
	addr, version, _ := strings.Cut(said, " ")
	s := newSide(&server{name: p.name, addr: addr, pid: pid, end: g.end, over: g.exited, why: func() error { return nil }}, p.name)
	s.about, s.guest = version+", "+p.about, g
	if err := s.check(ctx); err != nil {
		g.end()
		return nil, err
	}
	return s, nil
}

// begin starts the process and returns what it says first.
func (g *guest) begin(ctx context.Context, p peer) (said string, pid int, err error) {
	command, err := p.command(ctx, g.dir)
	if err != nil {
		return "", 0, err
	}
	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...) // only the group needs a context
	cmd.Dir, cmd.WaitDelay = g.dir, spawn.PipeGrace
	cmd.Stdout, cmd.Stderr = &g.said, &g.wrong
	if g.alive, err = cmd.StdinPipe(); err != nil {
		return "", 0, err
	}
	group := spawn.NewGroup(cmd)
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	g.group = group
	go func() {
		cmd.Wait() // how it ends tells less than what it has written
		group.End()
		close(g.exited)
	}()
	select {
	case said := <-g.said.line:
		return said, cmd.Process.Pid, nil
	case <-g.exited:
		lines := strings.Split(strings.TrimSpace(string(g.wrong)), "\n")
		return "", 0, fmt.Errorf("it ended before it served: %s", terminal.Visible(lines[len(lines)-1]))
	case <-time.After(slow.Stretch(startTime)):
		return "", 0, errors.New("it has not started in time")
	case <-ctx.Done():
		return "", 0, ctx.Err()
	}
}

func (g *guest) end() {
	if g.group != nil {
		g.alive.Close()
		g.group.Kill()
		<-g.exited
	}
	temporary.Remove(g.dir)
}

// lastBytes is a writer that keeps the end of what is written.
type lastBytes []byte

func (l *lastBytes) Write(p []byte) (int, error) {
	*l = append(*l, p...)
	*l = (*l)[max(0, len(*l)-1000):]
	return len(p), nil
}

// announced is a writer that passes on the first line that begins with an address.
// The others are logs.
type announced struct {
	line chan string
	part []byte
}

func (a *announced) Write(p []byte) (int, error) {
	a.part = append(a.part, p...)
	for {
		line, rest, whole := bytes.Cut(a.part, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		a.part = rest
		if bytes.HasPrefix(line, []byte("127.0.0.1:")) {
			select {
			case a.line <- strings.TrimSpace(string(line)):
			default:
			}
		}
	}
}
