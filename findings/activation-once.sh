#!/usr/bin/env bash
# go-systemd hands out inherited sockets once: Listeners leaves none for PacketConns.
#
# Expected: a service that inherits a TCP and a UDP socket (DNS, syslog) calls
# Listeners for the one and PacketConns for the other. Both functions document that
# they return nil for a socket of the other kind, so the two seem to fit together.
# Seen, github.com/coreos/go-systemd/v22 v22.7.0: whichever is called first removes
# LISTEN_FDS from the environment. The other then returns an empty slice and no
# error, so the service starts and never answers on UDP. It cannot recover either:
# the first call left the UDP socket in an os.File that nothing refers to, and the
# next garbage collection closes it.
# Consequence: call Files(true) once, and try net.FileListener and
# net.FilePacketConn on each file.
# Sources: activation/listeners.go and packetconns.go (both call Files(true)); the
# project's issue 286 asks about two calls of Listeners; package os, NewFile.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/coreos/go-systemd/v22@v22.7.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
)

const udpFD = 4 // inherited sockets begin at 3, and the TCP listener is first

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// start runs this program again as a service with a TCP and a UDP socket.
func start(order string) string {
	ln := must(must(net.Listen("tcp", "127.0.0.1:0")).(*net.TCPListener).File())
	pc := must(must(net.ListenPacket("udp", "127.0.0.1:0")).(*net.UDPConn).File())
	service := exec.Command(must(os.Executable()), order)
	service.Env = append(os.Environ(), "LISTEN_FDS=2")
	service.ExtraFiles = []*os.File{ln, pc}
	service.Stderr = os.Stderr
	return string(must(service.Output()))
}

func listeners() string {
	all, err := activation.Listeners()
	found := 0
	for _, l := range all {
		if l != nil {
			found++
		}
	}
	return fmt.Sprintf("Listeners: %d, error %v; ", found, err)
}

func packetConns() string {
	all, err := activation.PacketConns()
	found := 0
	for _, c := range all {
		if c != nil {
			found++
		}
	}
	return fmt.Sprintf("PacketConns: %d, error %v; ", found, err)
}

func open(fd int) bool { return syscall.Fstat(fd, new(syscall.Stat_t)) == nil }

func serve(order string) {
	os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	switch order {
	case "tcp first":
		fmt.Print(listeners())
		fmt.Print("UDP socket open: ", open(udpFD), "; ")
		fmt.Print(packetConns())
		for range 500 {
			if runtime.GC(); !open(udpFD) {
				break
			}
			time.Sleep(10 * time.Millisecond) // finalizers run later
		}
		fmt.Print("after GC: ", open(udpFD))
	case "udp first":
		fmt.Print(packetConns(), listeners())
	case "files":
		for _, f := range activation.Files(true) {
			if ln, err := net.FileListener(f); err == nil {
				fmt.Print(ln.Addr().Network(), " listener; ")
			} else {
				fmt.Print(must(net.FilePacketConn(f)).LocalAddr().Network(), " conn")
			}
			f.Close()
		}
	}
}

func main() {
	if len(os.Args) > 1 {
		serve(os.Args[1])
		return
	}
	same := true
	for order, want := range map[string]string{
		"tcp first": "Listeners: 1, error <nil>; UDP socket open: true; PacketConns: 0, error <nil>; after GC: false",
		"udp first": "PacketConns: 1, error <nil>; Listeners: 0, error <nil>; ",
		"files":     "tcp listener; udp conn",
	} {
		got := start(order)
		fmt.Printf("%s: %s\n", order, got)
		same = same && got == want
	}
	if !same {
		fmt.Println("go-systemd behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
