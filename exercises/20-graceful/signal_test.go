package graceful_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"socketkata/harness/peer"
)

// serverVariable is set in the process that gets the signal.
const serverVariable = "KATA_GRACEFUL_SERVER"

func TestSignal_R14(t *testing.T) {
	if os.Getenv(serverVariable) != "" {
		main() // and does not return
	}
	peer.Run(t, "R14: a process that gets SIGTERM answers, then exits with status 0", func(b *peer.Bench) {
		b.Inside("the process that gets the signal is this test's own program")
		if runtime.GOOS == "windows" {
			b.Skip("Windows has no SIGTERM")
		}
		ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		b.NoError("the script opens a listener", err)
		server := b.ServerAt("tcp", ln.Addr().String())
		p := newProcess(b, ln)
		defer p.cmd.Process.Kill()
		exit := peer.Start(b, "Run", p.wait)
		busy, idle := b.Dial(server), b.Dial(server)
		busy.Send("Airport, after the signal\n")
		b.Until("the process writes that Handle is called, or an error", func() bool { return p.text() != "" })
		b.Equal("Handle is called for the request", "Handle is called\n", p.text())
		order(idle, "the process answers other clients", "Harbour")
		idle.SendPieces("Air", "") // so the server waits for the rest
		b.Note("SIGTERM")
		b.NoError("the script sends the signal", p.cmd.Process.Signal(syscall.SIGTERM))
		depart(idle, "the process ends an idle conn")
		busy.Expect("the request in flight is answered", "Airport, after the signal\n")
		depart(busy, "the process ends the conn after that answer")
		_, err = exit.Result("the process exits when all conns are closed")
		b.NoError("the process exits with status 0", err)
		server.ExpectRefused("nobody listens any more")
	}, peer.Loopback)
}

// main is that of the README, with a listener that the script has made.
func main() {
	go func() {
		io.Copy(io.Discard, os.Stdin) // until the script has ended
		os.Exit(2)
	}()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	ln, err := net.FileListener(os.NewFile(3, "listener"))
	if err == nil {
		srv := newDesk().server()
		srv.Handle = func(_ context.Context, order string) (string, error) {
			if strings.HasSuffix(order, "after the signal") {
				fmt.Println("Handle is called")
				<-ctx.Done()
			}
			return order, nil
		}
		err = srv.Run(ctx, ln)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A process is this test's program, started once more as a server. It runs main.
type process struct {
	cmd *exec.Cmd

	mu     sync.Mutex
	output bytes.Buffer
}

// newProcess makes a process that serves the clients of ln, and closes ln here.
func newProcess(b *peer.Bench, ln *net.TCPListener) *process {
	defer ln.Close()
	program, err := os.Executable()
	b.NoError("the script finds its own program", err)
	file, err := ln.File()
	b.NoError("the script passes its listener on", err)
	defer file.Close()
	p := &process{cmd: exec.Command(program, "-test.run=^TestSignal_R14$")}
	p.cmd.Env = append(os.Environ(), serverVariable+"=yes")
	p.cmd.ExtraFiles = []*os.File{file}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	_, err = p.cmd.StdinPipe() // closed when the script's process ends
	b.NoError("the script makes a pipe", err)
	b.NoError("the script starts the process", p.cmd.Start())
	return p
}

// wait waits until the process has ended.
func (p *process) wait() (any, error) {
	if err := p.cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, p.text())
	}
	return nil, nil
}

func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(text)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}
