package proc

import (
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNap looks at a thread that sleeps in poll, with and without a timeout.
func TestNap(t *testing.T) {
	for _, test := range []struct {
		limit *syscall.Timespec
		want  Timeout
	}{{nil, NoTimeout}, {&syscall.Timespec{Sec: 60}, "60000 ms"}} {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		fd := int32(r.Fd())
		threads, done := make(chan *Thread), make(chan syscall.Errno)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			threads <- ThisThread()
			const readable = 1 // POLLIN
			_, errno := poll(fd, readable, test.limit)
			done <- errno
		}()
		thread := <-threads
		if thread.call == nil {
			t.Skip("this kernel does not show system calls")
		}
		var first Nap
		require.Eventually(t, func() (asleep bool) { first, asleep = thread.Nap(); return asleep }, 10*time.Second, time.Millisecond)
		require.Equal(t, test.want, first.Timeout)
		again, asleep := thread.Nap()
		require.True(t, asleep)
		require.Equal(t, first, again, "it is the same nap")
		_, known := thread.Sleep()
		require.True(t, known)
		thread.Interrupt()
		require.Equal(t, syscall.EINTR, <-done)
		_, asleep = thread.Nap()
		require.False(t, asleep)
		thread.Close()
		r.Close()
		w.Close()
	}
}

// TestEndsAt counts conns by what waits on them.
func TestEndsAt(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	require.Equal(t, Ends{}, EndsAt(port), "a listener is no conn")
	client, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := ln.Accept()
	require.NoError(t, err)
	require.Equal(t, Ends{Open: 1}, EndsAt(port))
	_, err = client.Write([]byte("x"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return EndsAt(port) == Ends{Open: 1, Unread: 1} }, 5*time.Second, time.Millisecond)
	require.NoError(t, client.(*net.TCPConn).CloseWrite())
	require.Eventually(t, func() bool { return EndsAt(port) == Ends{Open: 1, Unread: 1, HalfClosed: 1} }, 5*time.Second, time.Millisecond)
	file, err := server.(*net.TCPConn).File() // another descriptor of the same conn
	require.NoError(t, err)
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, file.Fd(), syscall.F_SETFD, 0)
	require.Zero(t, errno)
	require.Equal(t, Ends{Open: 2, Unread: 2, HalfClosed: 2, Inherited: 1}, EndsAt(port))
	require.NoError(t, file.Close())
	require.NoError(t, server.Close())
	require.Equal(t, Ends{}, EndsAt(port))
}
