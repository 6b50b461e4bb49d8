//go:build linux || darwin || freebsd

package unixipc_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

// longest is how many bytes the path of a Unix socket may have.
const longest = len(unix.RawSockaddrUnix{}.Path) - 1

// folder returns a new folder whose name is short: that of t.TempDir is too long
// for a Unix socket on macOS.
func folder(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "kata")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// listenUnix calls ListenUnix. Only R2 asks what that leaves of the umask; elsewhere
// nobody is to be locked out of a folder by it.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	defer syscall.Umask(0o022)
	return unixipc.ListenUnix(path, mode)
}

// listen calls ListenUnix with a path that is free, or whose socket is stale.
func listen(b *peer.Bench, path string) net.Listener {
	b.Helper()
	ln, err := listenUnix(path, 0o600)
	b.NoError("ListenUnix listens at the path", err)
	expectSocket(b, path)
	return ln
}

// A kind says what is at a path.
type kind string

func expectSocket(b *peer.Bench, path string) {
	b.Helper()
	is := kind("nothing")
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
		is = "a socket"
	} else if err == nil {
		is = "something else"
	}
	b.Equal("the server's socket is at its path", kind("a socket"), is)
}

// served dials path and checks that ln accepts the client. Clients that came
// only to see whether anybody listens are passed over.
func served(b *peer.Bench, ln net.Listener, path, line string) {
	b.Helper()
	expectSocket(b, path)
	client := b.Dial(b.ServerAt("unix", path))
	client.Send("?")
	_, err := start(b, "Accept", func() error { return answerOne(ln, line) }).Result("the listener has a client")
	b.NoError("the listener accepts the client", err)
	client.Expect("the client is served", line)
	client.ExpectEOF("the server closes the conn")
}

// answerOne serves the first client that sends something.
func answerOne(ln net.Listener, line string) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		n, _ := c.Read(make([]byte, 1))
		if n == 1 {
			_, err = io.WriteString(c, line)
		}
		c.Close()
		if n == 1 {
			return err
		}
	}
}

// closeChanged closes a listener whose socket has another mode and time by now.
func closeChanged(b *peer.Bench, ln net.Listener, dir, name string) {
	b.Helper()
	path, want := filepath.Join(dir, name), strings.TrimSuffix(names(contents(b, dir)), " "+name)
	b.NoError("somebody changes the socket's mode and time", errors.Join(os.Chmod(path, 0o666), os.Chtimes(path, time.Unix(0, 0), time.Unix(0, 0))))
	b.NoError("Close closes the listener", ln.Close())
	b.Equal("its own socket is removed, whatever its mode is", want, names(contents(b, dir)))
}

// closeMoved closes a listener whose socket was moved, with a symlink in its place.
func closeMoved(b *peer.Bench, dir string) {
	b.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	moved := listen(b, at("moved"))
	b.NoError("somebody moves the socket and leaves a symlink", errors.Join(os.Rename(at("moved"), at("here")), os.Symlink("here", at("moved"))))
	b.NoError("Close closes the listener whose socket was moved", moved.Close())
	b.Equal("the symlink and the socket stay", "ferries here moved trains", names(contents(b, dir)))
}

// crash leaves at path what a server that crashed has left.
func crash(b *peer.Bench, path string) {
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	b.NoError("nothing is at the path of a server that has closed", err)
	ln.SetUnlinkOnClose(false)
	ln.Close()
}

// contents describes every file in the folder.
func contents(b *peer.Bench, dir string) string {
	entries, err := os.ReadDir(dir)
	b.NoError("the folder can be read", err)
	var lines []string
	for _, e := range entries {
		info, err := e.Info()
		b.NoError("the file is there", err)
		lines = append(lines, fmt.Sprintln(e.Name(), info.Mode(), info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Ino))
	}
	return strings.Join(lines, "")
}

// names returns the first word of each line.
func names(contents string) string {
	var list []string
	for line := range strings.Lines(contents) {
		name, _, _ := strings.Cut(line, " ")
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

// An occupant is something at a path that is no stale socket.
type occupant struct {
	name, is string
	close    func() error
	locked   bool // to a user who is not root
}

// occupants fills the folder.
func occupants(b *peer.Bench, dir string) []occupant {
	at := func(name string) string { return filepath.Join(dir, name) }
	nothing := func() error { return nil }
	list := []occupant{
		{name: "file", is: "that of a file", close: nothing}, {name: "folder", is: "that of a folder", close: nothing},
		{name: "dangling", is: "a symlink to nothing", close: nothing}, {name: "link", is: "a symlink to a stale socket", close: nothing},
	}
	crash(b, at("stale"))
	gram, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at("datagrams"), Net: "unixgram"})
	err = errors.Join(err, os.WriteFile(at("file"), []byte("07:15 Harbour\n"), 0o600), os.Mkdir(at("folder"), 0o700),
		os.Symlink(at("none"), at("dangling")), os.Symlink(at("stale"), at("link")))
	b.NoError("the bench fills the folder", err)
	list = append(list, occupant{"datagrams", "that of a socket for datagrams", gram.Close, false})
	if runtime.GOOS == "linux" { // elsewhere a full backlog refuses, as a stale socket does
		list = append(list, occupant{"busy", "that of a server whose backlog is full", fullBacklog(b, at("busy")), false})
	}
	locked, err := net.Listen("unix", at("locked"))
	b.NoError("the bench opens a listener", err)
	b.NoError("every user may change the folder, and nobody may connect", errors.Join(os.Chmod(dir, 0o777), os.Chmod(at("locked"), 0)))
	return append(list, occupant{"locked", "that of a server to which this user may not connect", locked.Close, true})
}

// fullBacklog makes a server that accepts nobody and whose backlog is full.
func fullBacklog(b *peer.Bench, path string) (end func() error) {
	addr := &unix.SockaddrUnix{Name: path}
	server, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	b.NoError("the bench opens a socket", errors.Join(err, unix.Bind(server, addr), unix.Listen(server, 0)))
	client, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	b.NoError("one client waits in the backlog", errors.Join(err, unix.Connect(client, addr)))
	return func() error { return errors.Join(unix.Close(client), unix.Close(server)) }
}

// maze returns another path of the folder. It leads through so many symlinks
// that every system call with a path below it takes about a millisecond. Linux
// follows 40 of them in one call, and counts those of a first walk again if it
// has to repeat the walk because somebody mounts something; macOS follows 32.
func maze(b *peer.Bench, dir string) string {
	const links = 18
	for i := range links {
		target := strings.Repeat("./", 500) + fmt.Sprint(i+1) // macOS allows 1,024 bytes
		b.NoError("the bench makes a symlink", os.Symlink(target, filepath.Join(dir, fmt.Sprint(i))))
	}
	b.NoError("the bench makes a symlink", os.Symlink(".", filepath.Join(dir, fmt.Sprint(links))))
	return filepath.Join(dir, "0")
}

// listenAtOnce calls ListenUnix for several paths at the same time, each with a
// mode of its own.
func listenAtOnce(b *peer.Bench, dir, slow string) {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	modes := []fs.FileMode{0o600, 0o660, 0o666, 0o777}
	calls := map[fs.FileMode]*peer.Call[net.Listener]{}
	for _, mode := range modes {
		calls[mode] = peer.Start(b, "ListenUnix", func() (net.Listener, error) {
			return unixipc.ListenUnix(filepath.Join(slow, "at once "+mode.String()), mode)
		})
	}
	for _, mode := range modes {
		ln, err := calls[mode].Result("ListenUnix returns")
		b.NoError("ListenUnix listens at several paths at the same time", err)
		defer ln.Close()
		b.Equal("calls at the same time do not mix up their modes", fileMode(mode), modeOf(filepath.Join(dir, "at once "+mode.String())))
	}
}

// A mask is the umask of the process.
type mask int

func (m mask) String() string { return fmt.Sprintf("umask %04o", int(m)) }

func expectUmask(b *peer.Bench, reason string, want mask) {
	b.Helper()
	b.Equal(reason, want, mask(syscall.Umask(int(want))))
}

// firstConnect calls ListenUnix with the slow one of two paths of the same
// socket, and meanwhile dials the fast one until that succeeds. It returns the
// mode that the socket has then, and the time from the last dial that failed until
// the mode was read. Code that sets the mode after listen with a call that takes the
// slow path lets a client see the old mode, unless the gap is longer than that call.
func firstConnect(b *peer.Bench, slow, fast string) (mode fileMode, gap time.Duration) {
	b.Helper()
	var returned atomic.Bool
	dialing := make(chan struct{})
	call := peer.Start(b, "ListenUnix", func() (net.Listener, error) {
		defer returned.Store(true)
		<-dialing
		return listenUnix(slow, 0o600)
	})
	mode, gap = dialUntil(b, fast, sync.OnceFunc(func() { close(dialing) }), &returned)
	ln, err := call.Result("ListenUnix returns")
	b.NoError("ListenUnix listens behind symlinks", err)
	b.NoError("Close closes the listener", ln.Close())
	return mode, gap
}

// dialUntil dials path until it succeeds, or once more after last is set. It
// calls failed whenever a dial has failed. It pauses between two dials: on a busy
// machine a thread that pauses often gets its turn sooner than one that never does.
func dialUntil(b *peer.Bench, path string, failed func(), last *atomic.Bool) (mode fileMode, gap time.Duration) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	b.NoError("the bench opens a socket", err)
	defer unix.Close(fd)
	var before time.Time
	for over := false; ; unix.Select(0, nil, nil, nil, &unix.Timeval{Usec: 20}) {
		began := time.Now()
		if unix.Connect(fd, &unix.SockaddrUnix{Name: path}) == nil || over {
			return modeOf(path), time.Since(before)
		}
		before, over = began, last.Load()
		failed()
	}
}

// timeOf returns how long f takes.
func timeOf(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}
