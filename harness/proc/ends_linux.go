package proc

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// EndsAt counts the descriptors of this process that are conns over IPv4 with
// that port on this side. It needs one free descriptor to see any.
func EndsAt(port int) (e Ends) {
	files, _ := os.ReadDir("/proc/self/fd")
	for _, f := range files {
		fd, _ := strconv.Atoi(f.Name())
		own, err := syscall.Getsockname(fd)
		if in4, ok := own.(*syscall.SockaddrInet4); err != nil || !ok || in4.Port != port {
			continue
		}
		if _, err := syscall.Getpeername(fd); err == nil { // not the listener
			e.add(fd)
		}
	}
	return e
}

func (e *Ends) add(fd int) {
	e.Open++
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
		e.Inherited++
	}
	var n int32
	_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
	if errno == 0 && n > 0 {
		e.Unread++
	}
	const rdhup = 0x2000 // POLLRDHUP
	if ready, _ := poll(int32(fd), rdhup, &syscall.Timespec{}); ready > 0 {
		e.HalfClosed++
	}
}

// poll waits for an event on one descriptor as ppoll(2) does, without limit if
// limit is nil.
func poll(fd int32, events int16, limit *syscall.Timespec) (ready int, errno syscall.Errno) {
	p := struct {
		fd              int32
		events, revents int16
	}{fd: fd, events: events}
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
