//go:build linux || darwin || freebsd

// The socket is made in a private folder and linked to its path when its mode is
// right; files are duplicated before they are sent.
package unixipc

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var ErrTooManyFiles = errors.New("too many files")

type unixListener struct {
	net.Listener
	path string
	info os.FileInfo
	mine chan struct{} // has one element until Close
}

func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if len(path) > len(syscall.RawSockaddrUnix{}.Path)-1 {
		return nil, os.NewSyscallError("bind", syscall.ENAMETOOLONG)
	}
	if err := clear(path); err != nil {
		return nil, err
	}
	private, err := privateFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	hidden := filepath.Join(private, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false)
	l := &unixListener{Listener: ln, path: path, mine: make(chan struct{}, 1)}
	l.mine <- struct{}{}
	if err = os.Chmod(hidden, mode.Perm()); err == nil {
		l.info, err = os.Stat(hidden)
	}
	if err == nil {
		err = os.Link(hidden, path)
	}
	if errors.Is(err, fs.ErrExist) {
		err = syscall.EADDRINUSE
	}
	if err != nil {
		ln.Close()
		return nil, err
	}
	return l, nil
}

// privateFolder makes a folder beside the path with a name of one letter, so that
// the address of a socket in it is short.
func privateFolder(dir string) (string, error) {
	var err error
	for letter := 'a'; letter <= 'z'; letter++ {
		name := filepath.Join(dir, string(letter))
		if err = os.Mkdir(name, 0o700); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
	return "", err
}

// clear removes a stale socket, and fails if the path is taken.
func clear(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	if info.Mode()&fs.ModeType == fs.ModeSocket {
		dialer := net.Dialer{Timeout: time.Minute}
		c, err := dialer.Dial("unix", path)
		switch {
		case err == nil:
			c.Close()
		case errors.Is(err, syscall.ECONNREFUSED):
			return os.Remove(path)
		}
	}
	return &os.PathError{Op: "listen", Path: path, Err: syscall.EADDRINUSE}
}

func (l *unixListener) Close() error {
	select {
	case <-l.mine:
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) {
			os.Remove(l.path)
		}
	default:
	}
	return l.Listener.Close()
}

func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

func PeerUID(c *net.UnixConn) (uid uint32, err error) {
	err = control(c, func(fd int) error {
		uid, err = peerUID(fd)
		return err
	})
	if err == nil && uid == 1<<32-1 {
		err = unix.ENOTCONN
	}
	return uid, err
}

func control(c syscall.Conn, f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

func SendFiles(c *net.UnixConn, msg []byte, files ...*os.File) error {
	if len(msg) < 1 {
		return unix.EINVAL
	}
	var own []int
	defer func() {
		for _, fd := range own {
			unix.Close(fd)
		}
	}()
	for _, f := range files {
		err := control(f, func(fd int) error {
			dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
			if err == nil {
				own = append(own, dup)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	// The first byte goes alone with the files, so that no later call has any.
	if _, _, err := c.WriteMsgUnix(msg[:1], unix.UnixRights(own...), nil); err != nil {
		return err
	}
	_, err := c.Write(msg[1:])
	return err
}

func RecvFiles(c *net.UnixConn, p []byte, most int) (int, []*os.File, error) {
	var oob [4096]byte
	n, oobn, flags, _, err := c.ReadMsgUnix(p, oob[:])
	if err != nil {
		return max(n, 0), nil, err
	}
	list, err := unix.ParseSocketControlMessage(oob[:oobn])
	files := []*os.File{}
	for i := 0; err == nil && i < len(list); i++ {
		var fds []int
		fds, err = unix.ParseUnixRights(&list[i])
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "fd"))
		}
	}
	if err == nil && (flags&unix.MSG_CTRUNC > 0 || len(files) > most) {
		err = ErrTooManyFiles
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return n, nil, err
	}
	return n, files, nil
}

func HandOver(c *net.UnixConn, ln *net.TCPListener) error {
	f, err := ln.File()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := SendFiles(c, []byte{0}, f); err != nil {
		return err
	}
	n, err := c.Read(make([]byte, 1))
	if n == 1 {
		err = nil
	}
	return err
}

func TakeOver(c *net.UnixConn) (*net.TCPListener, error) {
	_, files, err := RecvFiles(c, make([]byte, 1), 1)
	for _, f := range files {
		defer f.Close()
	}
	if err != nil {
		return nil, err
	}
	if len(files) != 1 {
		return nil, errors.New("a listener should have come")
	}
	ln, err := net.FileListener(files[0])
	if err != nil {
		return nil, err
	}
	if tcp, ok := ln.(*net.TCPListener); ok {
		c.Write([]byte{1})
		return tcp, nil
	}
	return nil, errors.Join(errors.New("another listener came"), ln.Close())
}
