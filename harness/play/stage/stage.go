package stage

import (
	"context"
	"errors"
	"net"
	"os"
	"path"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A Stage is where code is played. The function that peer.Play is given sets
// it up: it says with one of Serve, ServeContext, ServePacket, ServeFD and
// Handle what serves, and perhaps more. It does nothing else yet.
//
// Clients reach the server through kata, which draws what they say. Ctrl-C ends
// the play: then the listener is closed and every ctx ends, and clients that
// are still connected a second later are disconnected.
type Stage struct {
	pkg   string // of the code, to find it in a traceback
	hints []string
	name  string // of what serves
	open  func() (*opened, error)
	ask   func(ctx context.Context, addr string, line []byte) ([]byte, error)

	stopName string
	onStop   func(context.Context) error

	ctx    context.Context
	cancel context.CancelFunc
	tell   func(Message)
}

// opened is a server that can be dialed and does not serve yet.
type opened struct {
	addr   string
	packet bool // it takes datagrams
	serve  func() error
	close  func()
}

// New returns an empty stage for code of the package with that import path.
func New(pkg string) *Stage {
	s := &Stage{pkg: pkg}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Measured reports whether the server is loaded to see how fast it is. Then it
// should echo lines, and accept as many clients as come.
func (s *Stage) Measured() bool { return os.Getenv(LoadEnv) != "" }

// Hint adds lines that say how to talk to the server: commands to type in
// another terminal. %PORT stands for its port.
func (s *Stage) Hint(lines ...string) { s.hints = append(s.hints, lines...) }

// Serve plays a function that serves the clients of a listener. The stage
// closes the listener when it is time to end.
func (s *Stage) Serve(serve func(net.Listener) error) {
	s.listen(nameOf(serve), func(_ context.Context, ln net.Listener) error { return serve(ln) })
}

// ServeContext is Serve for a function that ends with a ctx.
func (s *Stage) ServeContext(serve func(context.Context, net.Listener) error) {
	s.listen(nameOf(serve), serve)
}

// Handle plays a function that talks with one client. The stage accepts the
// clients, calls it for each in a goroutine of its own, and closes the conn
// when it has returned. ctx ends when it is time to end.
func (s *Stage) Handle(handle func(ctx context.Context, c net.Conn) error) {
	name := nameOf(handle)
	s.listen(name, func(ctx context.Context, ln net.Listener) error {
		return s.accept(ctx, ln, name, handle)
	})
}

// Ask plays a client. What serves is then the stage's own, and ask is called
// for each line that somebody types, the line's end included, with the address
// of that server. What it returns is shown. ctx ends when it is time to end.
func (s *Stage) Ask(ask func(ctx context.Context, addr string, line []byte) ([]byte, error)) {
	s.ask = ask
}

// OnStop says how the server is asked to end, before its listener is closed for
// it. ctx ends when clients are disconnected.
func (s *Stage) OnStop(stop func(ctx context.Context) error) {
	s.stopName, s.onStop = nameOf(stop), stop
}

// listen makes serve what serves, on a TCP listener.
func (s *Stage) listen(name string, serve func(context.Context, net.Listener) error) {
	s.name = name
	s.open = func() (*opened, error) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		return &opened{
			addr:  ln.Addr().String(),
			serve: func() error { return serve(s.ctx, ln) },
			close: func() { ln.Close() },
		}, nil
	}
}

// ServePacket plays a function that serves the datagrams of a packet conn and
// ends with a ctx. The stage closes the conn when it is time to end.
func (s *Stage) ServePacket(serve func(context.Context, net.PacketConn) error) {
	s.name = nameOf(serve)
	s.open = func() (*opened, error) {
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		return &opened{
			addr: pc.LocalAddr().String(), packet: true,
			serve: func() error { return serve(s.ctx, pc) },
			close: func() { pc.Close() },
		}, nil
	}
}

// accept is what serves for Handle. An error of one client is told and ends
// nothing, unless it is a stub's.
func (s *Stage) accept(ctx context.Context, ln net.Listener, name string, handle func(context.Context, net.Conn) error) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	stub := make(chan error, 1)
	for number := 1; ; number++ {
		c, err := acceptPatiently(ctx, ln)
		if err != nil && (ctx.Err() != nil || errors.Is(err, net.ErrClosed)) {
			break // the stage has closed its listener
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			defer c.Close()
			err := handle(ctx, c)
			switch {
			case err == nil || s.ask != nil: // the stage's own server is not the point
			case unwritten(err.Error()):
				select {
				case stub <- err:
				default:
				}
				ln.Close()
			default:
				m := ended(Ended, name, err)
				m.Client = number
				s.tell(m)
			}
		})
	}
	select {
	case err := <-stub:
		return err
	default:
		return nil
	}
}

// acceptPatiently waits for the next client, also while the process is out of
// descriptors: what serves here is the stage's own, and must not end with an
// error that would be taken for the code's.
func acceptPatiently(ctx context.Context, ln net.Listener) (net.Conn, error) {
	for {
		c, err := ln.Accept()
		var passing interface{ Temporary() bool }
		if err == nil || ctx.Err() != nil || !errors.As(err, &passing) || !passing.Temporary() {
			return c, err
		}
		time.Sleep(retryAfter)
	}
}

const retryAfter = 50 * time.Millisecond

var errNothing = errors.New("the stage is empty: let play_test.go call Serve, ServeContext, ServePacket, ServeFD or Handle")

// nameOf returns the name of a function as a learner would call it: "Serve" for
// echo.Serve, "Loop.Run" for a method; "" for a function of the test.
func nameOf(f any) string {
	full := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	pkg, name, _ := strings.Cut(path.Base(full), ".")
	if strings.HasSuffix(pkg, "_test") || strings.Contains(name, ".func") {
		return ""
	}
	return strings.NewReplacer("(*", "", ")", "", "-fm", "").Replace(name)
}
