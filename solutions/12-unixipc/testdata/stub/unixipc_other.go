//go:build !linux && !darwin && !freebsd

// Package unixipc connects programs on one machine through Unix sockets. It uses
// system calls that this platform does not have.
package unixipc

import (
	"errors"
	"io/fs"
	"net"
	"os"
)

// ErrTooManyFiles is what RecvFiles returns if more than most files came.
var ErrTooManyFiles = errors.New("too many files came with the message")

// ListenUnix needs Unix; on this platform it returns [errors.ErrUnsupported].
func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	return nil, errors.ErrUnsupported
}

// PeerUID needs Unix; on this platform it returns [errors.ErrUnsupported].
func PeerUID(c *net.UnixConn) (uint32, error) {
	return 0, errors.ErrUnsupported
}

// SendFiles needs Unix; on this platform it returns [errors.ErrUnsupported].
func SendFiles(c *net.UnixConn, msg []byte, files ...*os.File) error {
	return errors.ErrUnsupported
}

// RecvFiles needs Unix; on this platform it returns [errors.ErrUnsupported].
func RecvFiles(c *net.UnixConn, p []byte, most int) (n int, files []*os.File, err error) {
	return 0, nil, errors.ErrUnsupported
}

// HandOver needs Unix; on this platform it returns [errors.ErrUnsupported].
func HandOver(c *net.UnixConn, ln *net.TCPListener) error {
	return errors.ErrUnsupported
}

// TakeOver needs Unix; on this platform it returns [errors.ErrUnsupported].
func TakeOver(c *net.UnixConn) (*net.TCPListener, error) {
	return nil, errors.ErrUnsupported
}
