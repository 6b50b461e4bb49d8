//go:build unix

package remote

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

// The functions below are the subject of carried_test.go.

var carried = map[string]any{
	"sameAddrs": sameAddrs, "bump": bump, "same": same, "twice": twice, "mode": mode,
	"keepAlive": keepAlive, "noDelay": noDelay, "hangUp": hangUp, "stays": stays, "blocks": blocks, "isClosed": isClosed,
	"readFile": readFile, "pipes": pipes, "listenUnix": listenUnix, "wrap": wrap, "pushBack": pushBack,
	"openFDs": openFDs, "readFDs": readFDs, "noFD": noFD, "inspect": inspect, "listenWith": listenWith,
	"upper": upper, "shout": shout, "echoPackets": echoPackets, "reply": reply, "lossy": lossy,
	"lineReader": newLines, "lineReader.Next": (*lines).Next, "variables": variables,
}

func same(s string) string { return s }

// sameAddrs returns what it is given, and whether it can be used as what it is.
func sameAddrs(a netip.Addr, p netip.AddrPort, n net.Addr) (netip.Addr, netip.AddrPort, net.Addr, bool) {
	udp, ok := n.(*net.UDPAddr)
	return a, p, n, ok && udp.AddrPort() == p
}

type settings struct {
	NoDelay   *bool
	Size      *int
	KeepAlive *net.KeepAliveConfig
	From      netip.AddrPort
}

func bump(s settings, p *settings) (settings, *settings) {
	if s.Size != nil {
		n := *s.Size + 1
		s.Size = &n
	}
	if p != nil {
		p.Size = s.Size
	}
	return s, p
}

// A sealed struct cannot cross: the field would be lost.
type sealed struct {
	Open   int
	hidden int
}

func twice(s sealed) sealed { return sealed{Open: 2 * s.Open, hidden: s.hidden + 1} }

func mode(m fs.FileMode) fs.FileMode { return m | fs.ModeSocket }

func keepAlive(c *net.TCPConn, on bool) error { return c.SetKeepAlive(on) }
func noDelay(c *net.TCPConn, on bool) error   { return c.SetNoDelay(on) }
func hangUp(c *net.TCPConn) error             { return errors.Join(c.SetLinger(0), c.Close()) }
func stays(c *net.TCPConn) *net.TCPConn       { return c }
func isClosed(c *net.TCPConn) (bool, error) {
	_, err := c.Write([]byte("x"))
	return errors.Is(err, net.ErrClosed), err
}

// blocks reads until its own deadline.
func blocks(c *net.TCPConn) error {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return err
}

func readFile(f *os.File) (string, string, error) {
	p, err := io.ReadAll(f)
	return f.Name(), string(p), err
}

// pipes returns what it has written into n pipes.
func pipes(n int) ([]*os.File, error) {
	var all []*os.File
	for range n {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		io.WriteString(w, "from afar")
		w.Close()
		all = append(all, r)
	}
	return all, nil
}

func listenUnix(path string, unlink bool) (*net.UnixListener, error) {
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err == nil {
		ln.SetUnlinkOnClose(unlink)
	}
	return ln, err
}

// wrap sends a file over a Unix conn, and the conn it is sent over stays open.
func wrap(c *net.UnixConn, files ...*os.File) error {
	for _, f := range files {
		raw, err := f.SyscallConn()
		if err != nil {
			return err
		}
		raw.Control(func(fd uintptr) { _, _, err = c.WriteMsgUnix([]byte{1}, syscall.UnixRights(int(fd)), nil) })
		if err != nil {
			return err
		}
	}
	return nil
}

func pushBack(ln *net.TCPListener) (*net.TCPConn, error) { return ln.AcceptTCP() }

// openFDs returns the two ends of a pipe, the second of them closed on exec.
func openFDs() (r int, both []int, err error) {
	p := make([]int, 2)
	if err := syscall.Pipe(p); err != nil {
		return -1, nil, err
	}
	syscall.CloseOnExec(p[1])
	syscall.Write(p[1], []byte("raw"))
	return p[0], []int{p[1]}, nil
}

func noFD(fd int) (int, error) { return fd, syscall.EMFILE }

// readFDs closes the first and reads from all others.
func readFDs(fds []int) (text string) {
	syscall.Close(fds[0])
	for _, fd := range fds[1:] {
		p := make([]byte, 100)
		n, _ := syscall.Read(fd, p)
		text += string(p[:n])
	}
	return text
}

// listenWith returns a listener whose conns have no TCP_NODELAY.
func listenWith() (net.Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	return slow{ln.(*net.TCPListener)}, err
}

type slow struct{ *net.TCPListener }

func (s slow) Accept() (net.Conn, error) {
	c, err := s.AcceptTCP()
	if err == nil {
		err = c.SetNoDelay(false)
	}
	return c, err
}

// inspect looks at the socket's own options.
func inspect(c syscall.Conn) (noDelay bool, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return false, err
	}
	raw.Control(func(fd uintptr) {
		var v int
		v, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_NODELAY)
		noDelay = v != 0
	})
	return noDelay, err
}

func upper(r io.Reader) (string, error) {
	text, err := io.ReadAll(r)
	return string(text), err
}

func shout(w io.Writer, text string) (int, error) { return io.WriteString(w, text) }

// echoPackets echoes until ctx is done or the conn is closed.
func echoPackets(ctx context.Context, pc net.PacketConn) error {
	defer context.AfterFunc(ctx, func() { pc.SetReadDeadline(time.Unix(1, 0)) })()
	for p := make([]byte, 2000); ; {
		n, from, err := pc.ReadFrom(p)
		if err != nil {
			return err
		}
		if _, err := pc.WriteTo(p[:n], from); err != nil {
			return err
		}
	}
}

// reply sends one datagram to a net.Addr that it was given.
func reply(pc net.PacketConn, to net.Addr) error {
	_, err := pc.WriteTo([]byte("hello"), to)
	return err
}

func lossy() net.PacketConn { return lossyConn{} }

type lossyConn struct{ net.PacketConn }

func (lossyConn) LocalAddr() net.Addr                      { return &net.UDPAddr{Port: 7} }
func (lossyConn) ReadFrom(p []byte) (int, net.Addr, error) { return 0, nil, net.ErrClosed }

// lines is an object that stays here and reads from afar.
type lines struct {
	Max int

	from io.Reader
}

func newLines(r io.Reader, max int) *lines { return &lines{Max: max, from: r} }

func (l *lines) Next() ([]byte, error) {
	p := make([]byte, l.Max)
	n, err := io.ReadFull(l.from, p)
	return p[:n], err
}

// variables lists the harness's own variables, as far as the subject sees them.
func variables() (ours []string) {
	for _, v := range os.Environ() {
		if len(v) > 5 && v[:5] == "KATA_" {
			ours = append(ours, v)
		}
	}
	return ours
}
