//go:build unix

package pollecho_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	pollecho "socketkata/exercises/14-pollecho"
	"socketkata/harness/peer"
)

// run runs pollecho.Run with a queue of 64 KiB for each client.
func run(listenFD, stopFD int) error {
	_, err := pollecho.Run(listenFD, stopFD, 64<<10)
	return err
}

// rounds sends n messages, each after the echo of the previous one.
func rounds(client *peer.Peer, n int) {
	for range n {
		client.Send("tick\n")
		client.Expect("Run serves the client", "tick\n")
	}
}

// bye half-closes each client and waits for the server to close.
func bye(clients ...*peer.Peer) {
	for _, client := range clients {
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	}
}

// stop makes stopFD readable and waits for Run to return. A server at an address
// goes on.
func stop(b *peer.Bench, server *peer.Server) {
	if server.AtAddress() {
		return
	}
	server.Close()
	b.NoError("neither the stop nor a client is an error of Run", server.Result("Run returns once stopFD is readable"))
}

// shut makes a listening socket stop listening and closes its descriptor.
func shut(b *peer.Bench, fd int) {
	if err := syscall.Shutdown(fd, syscall.SHUT_RD); err != nil {
		b.Inside("it closes the listener inside Run's process, because this platform cannot shut it down")
	}
	syscall.Close(fd)
}

// acceptFrom returns a call of accept on the listener.
func acceptFrom(listenFD int) func() (int, error) {
	return func() (int, error) {
		fd, _, err := syscall.Accept(listenFD)
		return fd, os.NewSyscallError("accept", err)
	}
}

// leaveOneDescriptor leaves the process one descriptor that it may open. It returns
// a function that ends that, the first time it is called.
func leaveOneDescriptor(b *peer.Bench) (restore func()) {
	closeAll := b.OpenDescriptors(200)
	next, _ := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	syscall.Close(next)
	raise := b.LimitDescriptors(next + 1)
	return sync.OnceFunc(func() {
		closeAll()
		raise()
	})
}

// borrow opens n descriptors of /dev/null. They get the lowest free numbers,
// among them those of conns that Run has closed. left returns how many are
// still open; giveBack closes those.
func borrow(n int) (left func() int, giveBack func()) {
	var fds []int
	for range n {
		if fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
			fds = append(fds, fd)
		}
	}
	left = func() int {
		fds = slices.DeleteFunc(fds, func(fd int) bool { return !isDevice(fd) })
		return len(fds)
	}
	return left, func() {
		for range left() {
			syscall.Close(fds[0])
			fds = fds[1:]
		}
	}
}

// isDevice reports whether fd is an open descriptor of a device.
func isDevice(fd int) bool {
	var s syscall.Stat_t
	return syscall.Fstat(fd, &s) == nil && s.Mode&syscall.S_IFMT == syscall.S_IFCHR
}

// A condition of a descriptor, as a failure shows it.
type condition string

const (
	isOpen, isClosed      condition = "open", "closed"
	nonBlocking, blocking condition = "non-blocking", "blocking"
)

func openness(fd int) condition {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return isClosed
	}
	return isOpen
}

// listening is openness, and tells whether a listener has been shut down.
func listening(fd int) condition {
	if n, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); n == 0 && openness(fd) == isOpen {
		return "open, but shut down"
	}
	return openness(fd)
}

// modeOf returns the mode of an open descriptor.
func modeOf(fd int) condition {
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
		return blocking
	}
	return nonBlocking
}

// randomLines returns n texts of one or more lines, each text at most longest
// bytes long.
func randomLines(random *rand.Rand, n, longest int) []string {
	const letters = "abcdefghijklmnopqrstuvwxyz     \n"
	texts := make([]string, n)
	for i := range texts {
		text := make([]byte, 4+random.IntN(longest-3))
		for j := range text {
			text[j] = letters[random.IntN(len(letters))]
		}
		copy(text, "a\n")
		texts[i] = string(text)
	}
	return texts
}

// numbered returns size bytes, at most twice peer.Plenty, in which a missing or
// moved part shows. They are one line: R2 tests what a server does with lines.
func numbered(size int) string { return oneLine()[:size] }

var oneLine = sync.OnceValue(func() string {
	return strings.ReplaceAll(peer.Numbered(2*peer.Plenty), "\n", " ")
})
