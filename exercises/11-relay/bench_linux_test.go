package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	relay "socketkata/exercises/11-relay"
)

// BenchmarkRelay compares the processor time that a byte costs with that of two
// bare io.Copy:
//
//	go test -bench=Relay ./exercises/11-relay
//
// On Linux io.Copy between two *net.TCPConn uses splice(2). If Relay costs much
// more, something in it hides from io.Copy that the conns are TCP.
func BenchmarkRelay(b *testing.B) {
	b.Run("two bare io.Copy", func(b *testing.B) {
		measure(b, func(x, y *net.TCPConn) error {
			var both sync.WaitGroup
			both.Go(func() { io.Copy(x, y); x.CloseWrite() })
			both.Go(func() { io.Copy(y, x); y.CloseWrite() })
			both.Wait()
			return errors.Join(x.Close(), y.Close())
		})
	})
	for _, limit := range []time.Duration{0, time.Second} {
		b.Run(fmt.Sprintf("Relay with idle %v", limit), func(b *testing.B) {
			measure(b, func(x, y *net.TCPConn) error {
				_, _, err := relay.Relay(context.Background(), x, y, limit)
				return err
			})
		})
	}
}

const (
	fileSize = 4 << 20
	rounds   = 32 // of the file, for one call of Relay
)

// measure sends a file again and again through the two conns that pass joins. The
// sender uses sendfile(2) and the receiver drops the bytes unread, so that
// almost all the processor time is that of pass.
func measure(b *testing.B, pass func(x, y *net.TCPConn) error) {
	path := filepath.Join(b.TempDir(), "prices")
	if err := os.WriteFile(path, make([]byte, fileSize), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(rounds * fileSize)
	before := processorTime(b)
	for b.Loop() {
		client, x := connect(b)
		y, feed := connect(b)
		ended := make(chan error, 2)
		go func() { ended <- pass(x, y) }()
		go func() { ended <- send(client, path) }()
		drop(b, feed, rounds*fileSize)
		feed.CloseWrite()
		if err := errors.Join(<-ended, <-ended); err != nil {
			b.Fatal(err)
		}
		client.Close()
		feed.Close()
	}
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N)/(rounds*fileSize>>10), "cpu-ns/kB")
}

func send(c *net.TCPConn, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for range rounds {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(c, file); err != nil {
			return err
		}
	}
	return c.CloseWrite()
}

// drop takes n bytes without copying them; see MSG_TRUNC in tcp(7).
func drop(b *testing.B, c *net.TCPConn, n int) {
	raw, err := c.SyscallConn()
	for p := make([]byte, 1<<20); n > 0 && err == nil; {
		var got int
		var failed error
		err = raw.Read(func(fd uintptr) bool {
			got, _, failed = syscall.Recvfrom(int(fd), p, syscall.MSG_TRUNC)
			return failed != syscall.EAGAIN
		})
		if n -= got; got <= 0 {
			b.Fatalf("%d bytes are missing: %v", n, failed)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
}

func connect(b *testing.B) (dialed, accepted *net.TCPConn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	s, err := ln.Accept()
	if err != nil {
		b.Fatal(err)
	}
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
