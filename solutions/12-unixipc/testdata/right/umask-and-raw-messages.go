//go:build linux || darwin || freebsd

// The umask makes the mode, and messages are sent and received by system calls
// on the raw conn.
package unixipc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

var ErrTooManyFiles = errors.New("more files than wanted")

// umask guards the umask, which the whole process has in common.
var umask sync.Mutex

type socket struct {
	*net.UnixListener
	made   os.FileInfo
	mu     sync.Mutex
	closed bool
}

func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if len(path) >= len(unix.RawSockaddrUnix{}.Path) {
		return nil, &fs.PathError{Op: "listen", Path: path, Err: syscall.ENAMETOOLONG}
	}
	ln, err := listenWithMode(path, mode)
	if errors.Is(err, syscall.EADDRINUSE) && gone(path) {
		os.Remove(path)
		ln, err = listenWithMode(path, mode)
	}
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false)
	made, err := os.Lstat(path)
	if err != nil {
		ln.Close()
		return nil, err
	}
	return &socket{UnixListener: ln, made: made}, nil
}

func listenWithMode(path string, mode fs.FileMode) (*net.UnixListener, error) {
	umask.Lock()
	defer umask.Unlock()
	defer syscall.Umask(syscall.Umask(int(^mode & 0o777)))
	return net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
}

func gone(path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSocket == 0 {
		return false
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	unix.SetNonblock(fd, true)
	return unix.Connect(fd, &unix.SockaddrUnix{Name: path}) == unix.ECONNREFUSED
}

func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	path := s.Addr().String()
	if now, err := os.Lstat(path); err == nil && os.SameFile(s.made, now) {
		os.Remove(path)
	}
	return s.UnixListener.Close()
}

func PeerUID(c *net.UnixConn) (uid uint32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	if broken := raw.Control(func(fd uintptr) { uid, err = peerUID(int(fd)) }); broken != nil {
		return 0, broken
	}
	if err == nil && int32(uid) == -1 {
		return 0, errors.New("nobody is connected")
	}
	return uid, err
}

func SendFiles(c *net.UnixConn, msg []byte, files ...*os.File) error {
	if len(msg) == 0 {
		return errors.New("an empty message cannot be sent")
	}
	return withDescriptors(files, nil, func(fds []int) error { return sendAll(c, msg, fds) })
}

// withDescriptors calls f while no file can be closed.
func withDescriptors(files []*os.File, fds []int, f func(fds []int) error) error {
	if len(files) == 0 {
		return f(fds)
	}
	raw, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = withDescriptors(files[1:], append(fds, int(fd)), f) })
	return errors.Join(err, inner)
}

// sendAll sends a message in as many system calls as it takes.
func sendAll(c *net.UnixConn, msg []byte, fds []int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		for len(msg) > 0 {
			var rights []byte
			if len(fds) > 0 {
				rights = unix.UnixRights(fds...)
			}
			var n int
			n, failed = unix.SendmsgN(int(fd), msg, rights, nil, 0)
			switch {
			case failed == unix.EINTR:
				continue
			case failed == unix.EAGAIN:
				return false
			case failed != nil:
				return true
			}
			msg, fds = msg[n:], nil
		}
		return true
	})
	return errors.Join(err, failed)
}

func RecvFiles(c *net.UnixConn, p []byte, most int) (int, []*os.File, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, nil, err
	}
	room := make([]byte, unix.CmsgSpace(4*(most+2)))
	var n, used, flags int
	var fds []int
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		syscall.ForkLock.RLock() // until the descriptors are close-on-exec
		defer syscall.ForkLock.RUnlock()
		n, used, flags, _, failed = unix.Recvmsg(int(fd), p, room, 0)
		if failed == nil {
			fds = parse(room[:used])
		}
		return failed != unix.EAGAIN && failed != unix.EINTR
	})
	if err = errors.Join(err, failed); err != nil {
		return 0, nil, err
	}
	var files []*os.File
	for _, fd := range fds {
		files = append(files, os.NewFile(uintptr(fd), fmt.Sprint("file ", fd)))
	}
	if flags&unix.MSG_CTRUNC != 0 || len(files) > most {
		for _, f := range files {
			f.Close()
		}
		return n, nil, ErrTooManyFiles
	}
	if n == 0 {
		return 0, nil, io.EOF
	}
	return n, files, nil
}

func parse(control []byte) (fds []int) {
	messages, _ := unix.ParseSocketControlMessage(control)
	for _, m := range messages {
		list, _ := unix.ParseUnixRights(&m)
		for _, fd := range list {
			unix.CloseOnExec(fd)
		}
		fds = append(fds, list...)
	}
	return fds
}

func HandOver(c *net.UnixConn, ln *net.TCPListener) error {
	f, err := ln.File()
	if err != nil {
		return err
	}
	err = SendFiles(c, []byte("listener "+ln.Addr().String()+"\n"), f)
	if closeErr := f.Close(); err != nil || closeErr != nil {
		return errors.Join(err, closeErr)
	}
	answer := make([]byte, len("taken\n"))
	if _, err := io.ReadFull(c, answer); err != nil {
		return err
	}
	if string(answer) != "taken\n" {
		return fmt.Errorf("the other end says %q", answer)
	}
	return nil
}

func TakeOver(c *net.UnixConn) (ln *net.TCPListener, err error) {
	var all []*os.File
	defer func() {
		for _, f := range all {
			f.Close()
		}
	}()
	var line []byte
	for p := make([]byte, 256); !bytes.HasSuffix(line, []byte("\n")); {
		n, files, err := RecvFiles(c, p, 253)
		all = append(all, files...)
		if err != nil {
			return nil, err
		}
		line = append(line, p[:n]...)
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%d files came", len(all))
	}
	any, err := net.FileListener(all[0])
	if err != nil {
		return nil, err
	}
	ln, isTCP := any.(*net.TCPListener)
	if !isTCP {
		any.Close()
		return nil, errors.New("not a TCP listener")
	}
	_, err = io.WriteString(c, "taken\n")
	return ln, err
}
