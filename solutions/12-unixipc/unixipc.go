//go:build linux || darwin || freebsd

// Package unixipc connects programs on one machine through Unix sockets, which
// can do what TCP cannot: the file system says who may connect, the kernel says
// who did, and an open file, even a listening socket, moves to another process. No
// function changes c's mode or deadlines; for different conns, they may run at once.
package unixipc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrTooManyFiles is what RecvFiles returns if more than most files came.
var ErrTooManyFiles = errors.New("too many files came with the message")

// ListenUnix listens for stream conns at path, which is not empty and does not
// begin with "@". When it returns, path has exactly the bits of mode.Perm(),
// whatever the umask is, and the umask is as it was. As soon as a client can
// connect, path has none but these bits; it may lack some at first.
//
// If the socket at path refuses a dial (ECONNREFUSED), nobody listens there, and
// ListenUnix replaces it. Everything else stays as it is, and ListenUnix fails
// with EADDRINUSE: any other socket (even a live one for datagrams or, on Linux, one
// whose backlog is full), a file, a folder, and a symlink, wherever it points. A live
// server may see a client that connects and leaves at once. ListenUnix may be
// called concurrently, but not with the same path.
//
// If path is longer than an address can hold (Linux: 107 bytes; macOS and FreeBSD:
// 103), ListenUnix fails with ENAMETOOLONG, whatever is at path. All errors wrap their
// cause. In any case nothing is new in path's folder but the listener's socket.
//
// The listener's Close ends Accept with net.ErrClosed. It removes path, but only
// if the listener's own socket is still there: a symlink to it stays. The first Close
// returns nil in any case. A second one removes nothing and may return an error.
func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	ln, err := listenUnix(path, mode)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "unix", Addr: &net.UnixAddr{Name: path, Net: "unix"}, Err: err}
	}
	return ln, nil
}

// PeerUID returns the user of the process at the other end of c, as the kernel
// noted it when that process connected or listened. It fails if c is closed or was
// never connected, and may fail once the other end is closed.
func PeerUID(c *net.UnixConn) (uint32, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("peer uid: %w", err)
	}
	var uid uint32
	var failed error
	err = raw.Control(func(fd uintptr) { uid, failed = peerUID(int(fd)) })
	if err = errors.Join(err, failed); err == nil && uid == noUID {
		err = syscall.ENOTCONN
	}
	if err != nil {
		return 0, fmt.Errorf("peer uid: %w", err)
	}
	return uid, nil
}

// SendFiles sends msg over the stream c, and with its first byte all the files,
// of which there may be none. If msg is empty or a file is closed, it fails and
// sends nothing. It returns when the kernel has taken all of msg. The files stay
// the caller's, open and in the mode they were in.
func SendFiles(c *net.UnixConn, msg []byte, files ...*os.File) error {
	if len(msg) == 0 {
		return errors.New("send files: a stream carries files only with a byte")
	}
	fds := make([]int, len(files))
	for i, f := range files {
		// Fd would put a pipe or a socket into blocking mode, for every process
		// that has it.
		raw, err := f.SyscallConn()
		if err != nil {
			return fmt.Errorf("send files: %w", err)
		}
		if err := raw.Control(func(fd uintptr) { fds[i] = int(fd) }); err != nil {
			return fmt.Errorf("send files: %w", err)
		}
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	n, _, err := c.WriteMsgUnix(msg, rights, nil)
	runtime.KeepAlive(files) // a finalizer would close the descriptors
	if err == nil && n < len(msg) {
		_, err = c.Write(msg[n:]) // one call takes what fits into the socket's buffer
	}
	if err != nil {
		return fmt.Errorf("send files: %w", err)
	}
	return nil
}

// RecvFiles reads once from the stream c into p, which has room for a byte at
// least. It returns the number of bytes read and the files that came with them,
// close-on-exec, in the mode they were in, and the caller's to close. If more than
// most files came, it closes all of them and returns the number of bytes and
// ErrTooManyFiles; c can be used further. If nothing was read, the number is 0.
// The error wraps its cause: io.EOF at the end of the stream, and only there.
func RecvFiles(c *net.UnixConn, p []byte, most int) (n int, files []*os.File, err error) {
	const mostPerMessage = 253 // SCM_MAX_FD: more room than this is never used
	control := make([]byte, unix.CmsgSpace(4*mostPerMessage))
	n, size, flags, _, err := c.ReadMsgUnix(p, control)
	if err != nil {
		return 0, nil, fmt.Errorf("receive files: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:size])
	if err != nil {
		return n, nil, fmt.Errorf("receive files: %w", err)
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue // credentials, for example
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	if len(files) > most || flags&unix.MSG_CTRUNC != 0 {
		closeAll(files)
		return n, nil, ErrTooManyFiles
	}
	return n, files, nil
}

// HandOver gives ln to the process at the other end of c, which calls TakeOver. The
// clients in its backlog move with it. It returns nil once TakeOver has ln, and fails
// if the other end closes c first or a deadline of c ends one of its calls; if that is
// a Read, ln may have been sent, and nobody may use c again. If TakeOver fails and c
// stays open, HandOver may fail or wait. In any case ln stays open and in the mode it
// was in; the caller closes it. Nobody may call ln's Accept until HandOver returns. c
// stays open for the next hand-over, in either direction. The protocol is up to you.
func HandOver(c *net.UnixConn, ln *net.TCPListener) error {
	f, err := ln.File() // a duplicate
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	defer f.Close()
	if err := SendFiles(c, []byte("L"), f); err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		return fmt.Errorf("hand over: no confirmation came: %w", err)
	}
	return nil
}

// TakeOver receives the listener that the process at the other end of c gives
// away with HandOver. The caller closes it. If anything comes but one TCP socket
// (IPv4 or IPv6), TakeOver fails and closes what came, whose mode may change. It
// need not check that the socket listens. If the other end closes c meanwhile,
// TakeOver may fail as well, and closes what came. c stays open.
func TakeOver(c *net.UnixConn) (*net.TCPListener, error) {
	_, files, err := RecvFiles(c, make([]byte, 1), 1)
	if err != nil {
		return nil, fmt.Errorf("take over: %w", err)
	}
	if len(files) == 0 {
		return nil, errors.New("take over: no file came")
	}
	defer files[0].Close() // FileListener makes a duplicate
	ln, err := net.FileListener(files[0])
	if err != nil {
		return nil, fmt.Errorf("take over: %w", err)
	}
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		ln.Close()
		return nil, fmt.Errorf("take over: a listener for %s came", ln.Addr().Network())
	}
	if _, err := c.Write([]byte("k")); err != nil {
		tcp.Close()
		return nil, fmt.Errorf("take over: %w", err)
	}
	return tcp, nil
}

// longest is the length of the longest path that an address can hold.
const longest = len(unix.RawSockaddrUnix{}.Path) - 1

// noUID is what the kernel says of a socket without another end.
const noUID = ^uint32(0)

// A listener removes its own socket when it is closed.
type listener struct {
	net.Listener
	path   string
	socket fs.FileInfo
	once   sync.Once
}

// Close removes the socket while it is still open: until then the kernel gives
// its number in the file system to no other file.
func (l *listener) Close() error {
	l.once.Do(func() {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.socket) {
			os.Remove(l.path)
		}
	})
	return l.Listener.Close()
}

func listenUnix(path string, mode fs.FileMode) (*listener, error) {
	if len(path) > longest {
		return nil, fmt.Errorf("the path has %d bytes, of %d at most: %w", len(path), longest, syscall.ENAMETOOLONG)
	}
	f, err := newSocket()
	if err != nil {
		return nil, err
	}
	defer f.Close() // FileListener makes a duplicate
	if err := bind(f, path); err != nil {
		return nil, err
	}
	// Nobody can connect yet: that takes listen(2).
	ln, err := open(f, path, mode)
	if err != nil {
		os.Remove(path)
		return nil, err
	}
	return ln, nil
}

// newSocket returns a stream socket that no other program inherits.
func newSocket() (*os.File, error) {
	syscall.ForkLock.RLock() // no fork between socket and close-on-exec
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "unix listener"), nil
}

// bind makes a new file for the socket at path, and first removes a stale one.
func bind(f *os.File, path string) error {
	addr := &unix.SockaddrUnix{Name: path}
	err := unix.Bind(int(f.Fd()), addr)
	if errors.Is(err, unix.EADDRINUSE) && isStale(path) {
		if err := os.Remove(path); err != nil {
			return err
		}
		err = unix.Bind(int(f.Fd()), addr)
	}
	return os.NewSyscallError("bind", err)
}

// isStale reports whether there is a socket at path that nobody has open.
func isStale(path string) bool {
	info, err := os.Lstat(path) // a symlink is not followed
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// open sets the mode of a socket that is bound to path, and then listens.
func open(f *os.File, path string, mode fs.FileMode) (*listener, error) {
	if err := os.Chmod(path, mode.Perm()); err != nil {
		return nil, err
	}
	socket, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Listen(int(f.Fd()), unix.SOMAXCONN); err != nil {
		return nil, os.NewSyscallError("listen", err)
	}
	ln, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	return &listener{Listener: ln, path: path, socket: socket}, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
