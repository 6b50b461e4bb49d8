//go:build unix && !linux

package descriptor

import "syscall"

// options are those that package net sets when it makes a *net.TCPConn of a
// file, as far as every system has them.
var options = []option{{syscall.IPPROTO_TCP, syscall.TCP_NODELAY}, {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE}}
