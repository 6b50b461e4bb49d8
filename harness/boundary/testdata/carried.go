// Package fixture exports one of everything that can cross.
package fixture

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// ErrTooLong is an error that both ends know.
var ErrTooLong = errors.New("too long")

// Limit is copied.
const Limit time.Duration = 5

// State is a number with a method.
type State uint8

func (s State) String() string { return "state" }

// Options cross as a copy.
type Options struct {
	NoDelay   *bool
	KeepAlive *net.KeepAliveConfig
	State     State
	Nested    []Inner
}

// Inner is part of Options.
type Inner struct{ At time.Time }

// Server stays where it is.
type Server struct {
	Handler func(ctx context.Context, c net.Conn)
	Logf    func(format string, args ...any)
	Next    *Server

	mu chan int
}

func (s *Server) Serve(ln net.Listener) error                      { return nil }
func (s *Server) Packets(ctx context.Context, pc net.PacketConn)   {}
func (s *Server) Events(conns ...net.Conn) <-chan Inner            { return nil }
func (s *Server) Dial(a netip.AddrPort, n net.Addr) (*Server, any) { return nil, nil }

// Client is a value.
type Client struct{ Tries int }

func (c Client) Do(pc net.PacketConn, to net.Addr, p []byte) ([]byte, error) { return nil, nil }

func Listen4(a netip.AddrPort, backlog int) (fd int, bound netip.AddrPort, err error) { return }
func Accept(fd int) (connFD int, from netip.AddrPort, err error)                      { return }
func Pair() (fds []int, err error)                                                    { return }
func Poll(timeout time.Duration, fds ...int) (ready []int, err error)                 { return }

func ListenWith(ctx context.Context, network, addr string, o Options) (net.Listener, error) {
	return nil, nil
}
func Tune(c *net.TCPConn, o *Options) error                            { return nil }
func Inspect(c syscall.Conn) (Options, error)                          { return Options{}, nil }
func ListenUnix(path string, m fs.FileMode) (*net.UnixListener, error) { return nil, nil }
func PeerUID(c *net.UnixConn) (uint32, error)                          { return 0, nil }
func SendFiles(c *net.UnixConn, msg []byte, f ...*os.File) error       { return nil }
func RecvFiles(c *net.UnixConn, p []byte, max int) (int, []*os.File, error) {
	return 0, nil, nil
}
func HandOver(c *net.UnixConn, ln *net.TCPListener) error { return nil }
func TakeOver(c *net.UnixConn) (*net.TCPListener, error)  { return nil, nil }

func NewServer(r io.Reader, w io.Writer, each func(Inner) []byte) *Server { return nil }
func Relay(ctx context.Context, a, b net.Conn) (ab, ba int64, err error)  { return }
