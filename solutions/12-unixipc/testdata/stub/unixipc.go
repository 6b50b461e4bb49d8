//go:build linux || darwin || freebsd

// Package unixipc connects programs on one machine through Unix sockets, which
// can do what TCP cannot: the file system says who may connect, the kernel says
// who did, and an open file, even a listening socket, moves to another process. No
// function changes c's mode or deadlines; for different conns, they may run at once.
package unixipc

import (
	"errors"
	"io/fs"
	"net"
	"os"
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
	// TODO: write this.
	return nil, errors.New("ListenUnix is not written yet")
}

// PeerUID returns the user of the process at the other end of c, as the kernel
// noted it when that process connected or listened. It fails if c is closed or was
// never connected, and may fail once the other end is closed.
func PeerUID(c *net.UnixConn) (uint32, error) {
	// TODO: write this.
	return 0, errors.New("PeerUID is not written yet")
}

// SendFiles sends msg over the stream c, and with its first byte all the files,
// of which there may be none. If msg is empty or a file is closed, it fails and
// sends nothing. It returns when the kernel has taken all of msg. The files stay
// the caller's, open and in the mode they were in.
func SendFiles(c *net.UnixConn, msg []byte, files ...*os.File) error {
	// TODO: write this.
	return errors.New("SendFiles is not written yet")
}

// RecvFiles reads once from the stream c into p, which has room for a byte at
// least. It returns the number of bytes read and the files that came with them,
// close-on-exec, in the mode they were in, and the caller's to close. If more than
// most files came, it closes all of them and returns the number of bytes and
// ErrTooManyFiles; c can be used further. If nothing was read, the number is 0.
// The error wraps its cause: io.EOF at the end of the stream, and only there.
func RecvFiles(c *net.UnixConn, p []byte, most int) (n int, files []*os.File, err error) {
	// TODO: write this.
	return 0, nil, errors.New("RecvFiles is not written yet")
}

// HandOver gives ln to the process at the other end of c, which calls TakeOver. The
// clients in its backlog move with it. It returns nil once TakeOver has ln, and fails
// if the other end closes c first or a deadline of c ends one of its calls; if that is
// a Read, ln may have been sent, and nobody may use c again. If TakeOver fails and c
// stays open, HandOver may fail or wait. In any case ln stays open and in the mode it
// was in; the caller closes it. Nobody may call ln's Accept until HandOver returns. c
// stays open for the next hand-over, in either direction. The protocol is up to you.
func HandOver(c *net.UnixConn, ln *net.TCPListener) error {
	// TODO: write this.
	return errors.New("HandOver is not written yet")
}

// TakeOver receives the listener that the process at the other end of c gives
// away with HandOver. The caller closes it. If anything comes but one TCP socket
// (IPv4 or IPv6), TakeOver fails and closes what came, whose mode may change. It
// need not check that the socket listens. If the other end closes c meanwhile,
// TakeOver may fail as well, and closes what came. c stays open.
func TakeOver(c *net.UnixConn) (*net.TCPListener, error) {
	// TODO: write this.
	return nil, errors.New("TakeOver is not written yet")
}
