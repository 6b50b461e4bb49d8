// Package cases holds subjects that misbehave, each in one way, for the tests
// of the bench.
package cases

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

// ErrStub is what a stub returns.
var ErrStub = errors.New("Serve is not written yet")

// Each returns a serving function that gives every client to handle, in turn,
// and closes its conn.
func Each(handle func(c net.Conn)) func(net.Listener) error {
	return func(ln net.Listener) error {
		for {
			c, err := ln.Accept()
			if err != nil {
				return nil
			}
			handle(c)
			c.Close()
		}
	}
}

// PanicSlowly panics, and on the way out it closes c first and has more to do then.
func PanicSlowly(c net.Conn) {
	defer time.Sleep(200 * time.Millisecond)
	defer c.Close()
	panic("index out of range")
}

// LeaveSlowly closes its only conn, and is at work for a while before it returns.
func LeaveSlowly(l net.Listener) error {
	c, err := l.Accept()
	if err != nil {
		return err
	}
	_, _ = c.Read(make([]byte, 1)) // unread bytes would make a reset of the close
	c.Close()
	for end := time.Now().Add(10 * time.Millisecond); time.Now().Before(end); {
		runtime.Gosched()
	}
	return io.ErrNoProgress
}

// EachPacket returns a serving function that answers every datagram with those
// that answers returns.
func EachPacket(answers func(p []byte) []string) func(net.PacketConn) error {
	return func(pc net.PacketConn) error {
		p := make([]byte, 100)
		for {
			n, from, err := pc.ReadFrom(p)
			if err != nil {
				return nil
			}
			for _, a := range answers(p[:n]) {
				pc.WriteTo([]byte(a), from)
			}
		}
	}
}

// Through returns a serving function that answers through another conn.
func Through(other net.PacketConn) func(net.PacketConn) error {
	return func(pc net.PacketConn) error {
		for {
			_, from, err := pc.ReadFrom(nil)
			if err != nil {
				return nil
			}
			other.WriteTo([]byte("yes"), from)
		}
	}
}

// Drain reads to the end of the stream.
func Drain(c net.Conn) { io.Copy(io.Discard, c) }

// ReadOne reads one byte.
func ReadOne(c net.Conn) { io.ReadFull(c, make([]byte, 1)) }

// Say reads one byte, answers with the text and reads to the end.
func Say(text string) func(net.Conn) {
	return func(c net.Conn) {
		ReadOne(c)
		io.WriteString(c, text)
		Drain(c)
	}
}

// SayAndLeave reads one byte and answers with the text.
func SayAndLeave(text string) func(net.Conn) {
	return func(c net.Conn) {
		ReadOne(c)
		io.WriteString(c, text)
	}
}

// Flood writes as long as somebody takes it, and no end of a line.
func Flood(c net.Conn) {
	block := make([]byte, 64<<10)
	for {
		if _, err := c.Write(block); err != nil {
			return
		}
	}
}

// Abort reads one byte and resets the conn.
func Abort(c net.Conn) {
	ReadOne(c)
	AbortAtOnce(c)
}

// AbortAtOnce resets the conn.
func AbortAtOnce(c net.Conn) { c.(interface{ SetLinger(int) error }).SetLinger(0) }

// Spin reads on after the end.
func Spin(c net.Conn) {
	p := make([]byte, 1)
	for {
		c.Read(p)
	}
}

// SpinAside reads on after the end, for each client in a goroutine of its own
// that closes the conn when it ends.
func SpinAside(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return nil
		}
		go func() {
			defer c.Close()
			io.WriteString(c, "hello")
			Spin(c)
		}()
	}
}

// Crowded echoes for every client in a goroutine of its own.
func Crowded(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return nil
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

// SpinAccept accepts on after the listener is closed.
func SpinAccept(ln net.Listener) error {
	for {
		if c, err := ln.Accept(); err == nil {
			c.Close()
		}
	}
}

// Forget serves every client and never closes its conn.
func Forget(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return nil
		}
		io.WriteString(c, "hello")
	}
}

// ForgetDialed dials and forgets the conn.
func ForgetDialed(addr string) (net.Conn, error) {
	return net.Dial("tcp", addr)
}

// LeaveGoroutine starts a goroutine that never ends.
func LeaveGoroutine() (int, error) {
	go func() { <-make(chan int) }()
	return 1, nil
}

// Exit ends the process, with status 0.
func Exit(net.Listener) error {
	os.Exit(0)
	return nil
}

// Deadlock waits for a mutex for ever, which stops virtual time.
func Deadlock() (int, error) {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
	return 0, nil
}

// Loop never ends and never waits.
func Loop() int {
	for start := time.Now(); ; {
		if time.Since(start) < 0 {
			return 1
		}
	}
}

// Keep closes every conn and never forgets one.
func Keep() func(net.Listener) error {
	var kept []net.Conn
	return Each(func(c net.Conn) {
		kept = append(kept, c)
		c.Close()
	})
}
