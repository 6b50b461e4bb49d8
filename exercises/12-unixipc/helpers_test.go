//go:build linux || darwin || freebsd

package unixipc_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

// pair returns the script's end of a Unix stream and the subject's.
func pair(b *peer.Bench) (*peer.Peer, *net.UnixConn) {
	b.Over(peer.Unix)
	p, conn := b.Pair()
	return p, conn.(*net.UnixConn)
}

// ends returns both ends of a Unix stream, neither of them the script's.
func ends(b *peer.Bench) (here, there *net.UnixConn) {
	one, two := socketpair(b)
	return connOf(b, one), connOf(b, two)
}

// socketpair returns both ends of a Unix stream as files.
func socketpair(b *peer.Bench) (one, two *os.File) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	b.NoError("the bench opens a pair of sockets", err)
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return os.NewFile(uintptr(fds[0]), "one end"), os.NewFile(uintptr(fds[1]), "other end")
}

// connOf makes a conn of a file, and closes the file.
func connOf(b *peer.Bench, f *os.File) *net.UnixConn {
	defer f.Close()
	c, err := net.FileConn(f)
	b.NoError("the bench makes a conn", err)
	return c.(*net.UnixConn)
}

// tcp returns a listener of the script, and the server that it makes.
func tcp(b *peer.Bench) (*net.TCPListener, *peer.Server) {
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	b.NoError("the bench opens a listener", err)
	return ln, b.ServerAt("tcp", ln.Addr().String())
}

// tcp6 is like tcp, with IPv6 if the machine has it.
func tcp6(b *peer.Bench) (*net.TCPListener, *peer.Server) {
	ln, err := net.ListenTCP("tcp6", &net.TCPAddr{IP: net.IPv6loopback})
	if err != nil {
		return tcp(b)
	}
	return ln, b.ServerAt("tcp", ln.Addr().String())
}

// start calls a function of the subject that returns only an error.
func start(b *peer.Bench, name string, f func() error) *peer.Call[any] {
	return peer.Start(b, name, func() (any, error) { return nil, f() })
}

func send(b *peer.Bench, c *net.UnixConn, msg string, files ...*os.File) *peer.Call[any] {
	return start(b, "SendFiles", func() error { return unixipc.SendFiles(c, []byte(msg), files...) })
}

// received is what one call of RecvFiles returned.
type received struct {
	n     int
	text  string
	files []*os.File
	err   error
}

// receive calls RecvFiles with a buffer of size bytes.
func receive(b *peer.Bench, c *net.UnixConn, size, most int) received {
	var r received
	p := make([]byte, size)
	_, r.err = start(b, "RecvFiles", func() (err error) {
		r.n, r.files, err = unixipc.RecvFiles(c, p, most)
		return err
	}).Result("RecvFiles returns")
	r.text = string(p[:max(r.n, 0)])
	return r
}

// handedOver calls HandOver in the old server and TakeOver in the new one, and
// returns what TakeOver did.
func handedOver(b *peer.Bench, from, to *net.UnixConn, ln *net.TCPListener) *net.TCPListener {
	b.Helper()
	handOver := start(b, "HandOver", func() error { return unixipc.HandOver(from, ln) })
	takeOver := peer.Start(b, "TakeOver", func() (*net.TCPListener, error) { return unixipc.TakeOver(to) })
	taken, err := takeOver.Result("TakeOver returns in the new server")
	b.NoError("TakeOver in the new server takes the listener at "+ln.Addr().(*net.TCPAddr).IP.String(), err)
	_, err = handOver.Result("HandOver returns in the old server once TakeOver has the listener")
	b.NoError("HandOver in the old server gives the listener away", err)
	b.Note("HandOver and TakeOver have returned")
	return taken
}

// thereAndBack lets the new server hand over its listener and take it back, and
// returns it. The old server, at the other end, confirms that it has the listener and
// at once hands it over. Both messages wait when this end gets to read: it may not
// until nobody runs any more. In another process it reads when it likes, so there are
// several rounds.
func thereAndBack(b *peer.Bench, c, other *net.UnixConn, ln *net.TCPListener) *net.TCPListener {
	b.Helper()
	b.Note("the listener goes there and back")
	for range 5 {
		release := holdReads(b, c)
		defer release()
		there := start(b, "the old server (TakeOver, then HandOver)", func() error {
			taken, err := unixipc.TakeOver(other)
			if err != nil {
				return err
			}
			defer taken.Close()
			return unixipc.HandOver(other, taken)
		})
		back := peer.Start(b, "the new server (HandOver, then TakeOver)", func() (*net.TCPListener, error) {
			defer ln.Close()
			if err := unixipc.HandOver(c, ln); err != nil {
				return nil, err
			}
			return unixipc.TakeOver(c)
		})
		b.Until("the new server waits to read, and the old one has nothing more to send", b.AtRest)
		release()
		taken, err := back.Result("the old server gets the listener, and it comes back over the same conn")
		b.NoError("the new server takes its listener back", err)
		_, err = there.Result("HandOver returns in the old server once TakeOver has the listener")
		b.NoError("the old server takes the listener and hands it back", err)
		ln = taken
	}
	return ln
}

// holdReads lets no Read of c begin in this process until release is called.
func holdReads(b *peer.Bench, c *net.UnixConn) (release func()) {
	b.Helper()
	raw, err := c.SyscallConn()
	b.NoError("the conn is open", err)
	held, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(held)             // a deadline may be left, and no Read waits then
		raw.Read(func(uintptr) bool { // no other Read runs meanwhile
			held <- struct{}{}
			<-over
			return true
		})
	}()
	<-held
	return sync.OnceFunc(func() { close(over) })
}

// failing drops a listener that should not be there.
func failing(ln *net.TCPListener, err error) error {
	if ln != nil {
		ln.Close()
	}
	return err
}

// takeAndClose plays a process that ends when it has got a message. A HandOver
// that sends nothing before it is asked gets no answer.
func takeAndClose(c *net.UnixConn) {
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	control := make([]byte, unix.CmsgSpace(4*64))
	_, n, _, _, err := c.ReadMsgUnix(make([]byte, 1000), control)
	if err != nil {
		return
	}
	messages, _ := unix.ParseSocketControlMessage(control[:n])
	for i := range messages {
		fds, _ := unix.ParseUnixRights(&messages[i])
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
}

// A callMode says whether system calls with a descriptor may block.
type callMode string

const nonBlocking, blocking callMode = "non-blocking mode", "blocking mode"

// modeOfCalls returns the mode that all copies of the descriptor share.
func modeOfCalls(b *peer.Bench, f syscall.Conn) callMode {
	raw, err := f.SyscallConn()
	b.NoError("what was sent is still open", err)
	flags := 0
	broken := raw.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) })
	b.NoError("what was sent is still open", errors.Join(broken, err))
	if flags&unix.O_NONBLOCK == 0 {
		return blocking
	}
	return nonBlocking
}

// greet serves a client of ln. The greeting is the name of the server.
func greet(b *peer.Bench, ln net.Listener, client *peer.Peer, greeting string) {
	b.Helper()
	server := strings.TrimSpace(greeting)
	_, err := start(b, "Accept", func() error { return greetOne(ln, greeting) }).Result(server + " has a client in its backlog")
	b.NoError(server+" accepts the client", err)
	client.Expect(server+" serves the client", greeting)
	client.ExpectEOF(server + " closes the conn")
}

func greetOne(ln net.Listener, greeting string) error {
	c, err := ln.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.WriteString(c, greeting)
	return err
}

// A fileMode is written as in a Go program, and as ls does.
type fileMode fs.FileMode

func (m fileMode) String() string { return m.octal() + " (" + fs.FileMode(m).String() + ")" }

func (m fileMode) octal() string {
	octal := fmt.Sprintf("%04o", fs.FileMode(m).Perm())
	if fs.FileMode(m)&fs.ModeSetuid != 0 {
		return "os.ModeSetuid|" + octal
	}
	return octal
}

// modeOf returns the mode of the socket at path.
func modeOf(path string) fileMode {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return fileMode(info.Mode() &^ fs.ModeSocket)
}

// expectReadDeadline checks that the call fails because the read deadline of c has
// expired, and leaves that deadline alone.
func expectReadDeadline(b *peer.Bench, c *net.UnixConn, name string, call func() error) {
	b.Helper()
	c.SetReadDeadline(time.Now())
	_, err := start(b, name, call).Result(name + " returns: nothing can arrive before the read deadline")
	b.Error("the read deadline has expired", err)
	got := receive(b, c, 100, 1)
	b.ErrorIs(name+" leaves the deadline as it was", got.err, os.ErrDeadlineExceeded)
	_, err = c.Write([]byte("."))
	b.NoError(name+" does not half-close the conn when it fails", err)
}

// expectDeadlineKept checks that PeerUID leaves the deadline of c, which has expired.
func expectDeadlineKept(b *peer.Bench, c *net.UnixConn) {
	b.Helper()
	unixipc.PeerUID(c)
	_, err := c.Write([]byte("."))
	b.ErrorIs("PeerUID leaves the deadlines alone", err, os.ErrDeadlineExceeded)
}

// expectUsable checks that a call that failed has left c open and without a read
// deadline. The other end sends no more.
func expectUsable(b *peer.Bench, c *net.UnixConn, name string) {
	b.Helper()
	if _, err := c.Read(make([]byte, 100)); errors.Is(err, os.ErrDeadlineExceeded) {
		b.NoError(name+" leaves no deadline on the conn when it fails", err)
	}
	b.NoError(name+" leaves the conn open", c.SetDeadline(time.Time{}))
}
