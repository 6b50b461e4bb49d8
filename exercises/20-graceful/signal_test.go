package graceful_test

import (
	"bytes"
	"context"
	"errors"
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
		defer p.end()
		exit := peer.Start(b, "Run", p.wait)
		busy, idle := b.Dial(server), b.Dial(server)
		order(idle, "the process answers", "Harbour")
		busy.Send("Airport, after the signal\n")
		b.Until("Handle is called for the request", func() bool { return strings.Contains(p.text(), "Handle is called") })
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
		fmt.Fprintln(os.Stderr, failed, err)
		select {} // the script has to read this before it sees the conns end
	}
	os.Exit(0)
}

const failed = "exit status 1:" // in place of exiting

// A process is this test's program, started once more as a server. It runs main.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer

	mu      sync.Mutex
	output  bytes.Buffer
	written chan struct{} // has room for one
}

// newProcess makes a process that serves the clients of ln, and closes ln here.
func newProcess(b *peer.Bench, ln *net.TCPListener) *process {
	defer ln.Close()
	program, err := os.Executable()
	b.NoError("the script finds its own program", err)
	file, err := ln.File()
	b.NoError("the script passes its listener on", err)
	defer file.Close()
	p := &process{cmd: exec.Command(program, "-test.run=^TestSignal_R14$"), written: make(chan struct{}, 1)}
	p.cmd.Env = append(os.Environ(), serverVariable+"=yes")
	p.cmd.ExtraFiles = []*os.File{file}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.stdin, err = p.cmd.StdinPipe()
	b.NoError("the script makes a pipe", err)
	b.NoError("the script starts the process", p.cmd.Start())
	return p
}

// wait waits until the process has ended or failed. The error says what it wrote.
func (p *process) wait() (any, error) {
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				err = errors.New(err.Error() + ": " + p.text())
			}
			return nil, err
		case <-p.written:
			if _, err, found := strings.Cut(p.text(), failed); found {
				return nil, errors.New(strings.TrimSpace(err))
			}
		}
	}
}

// end ends the process, if it is still running.
func (p *process) end() {
	p.stdin.Close()
	p.cmd.Process.Kill()
}

func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.written <- struct{}{}:
	default:
	}
	return p.output.Write(text)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}
