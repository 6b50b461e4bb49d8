package network

import (
	"net"
	"syscall"
)

// Unplug makes the kernel drop all that arrives for a TCP conn, as if the cable
// were pulled: nothing is acknowledged any more. What the conn sends still
// leaves. It reports whether the conn is one that allows it.
func Unplug(c net.Conn) bool {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		keepNothing := syscall.LsfStmt(syscall.BPF_RET|syscall.BPF_K, 0)
		failed = syscall.AttachLsf(int(fd), []syscall.SockFilter{*keepNothing})
	})
	return err == nil && failed == nil
}
