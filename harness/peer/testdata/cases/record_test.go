package cases_test

import (
	"io"
	"net"
	"testing"

	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

// The scripts whose records record_test.go looks at, each with a number of
// its own.

func TestRecordPassed(t *testing.T) {
	peer.Run(t, "R1: two clients are served at once", func(b *peer.Bench) {
		server := b.Serve(cases.Crowded)
		first, second := b.Dial(server), b.Dial(server)
		first.Send("one")
		second.Send("two!")
		first.Expect("the first is served", "one")
		second.Expect("the second is served", "two!")
		first.CloseWrite()
		first.ExpectEOF("the server hangs up")
	}, peer.Memory, peer.Virtual, peer.Loopback)
}

func TestRecordFailed(t *testing.T) {
	peer.Run(t, "R2: an answer comes", asks(cases.Each(cases.Drain), "yes"), peer.Memory, peer.Virtual, peer.Loopback)
}

func TestRecordSkipped(t *testing.T) {
	peer.Run(t, "R3: it is skipped", func(b *peer.Bench) { b.Skip("no such thing here") }, peer.Memory, peer.Virtual)
}

func TestRecordCrowd(t *testing.T) {
	peer.Run(t, "R4: a crowd is served", func(b *peer.Bench) {
		crowd := b.Crowd(b.Serve(cases.Crowded), 300)
		crowd.Each(func(_ int, c *peer.Peer) { c.Send("hello") })
		crowd.Each(func(_ int, c *peer.Peer) { c.Expect("it is served", "hello") })
	}, peer.Memory)
}

func TestRecordLeaked(t *testing.T) { peer.Run(t, "R5: nothing is left", leaks, peer.Memory) }

// This one ends the process, so it is the last.
func TestRecordPanic(t *testing.T) {
	peer.Run(t, "R6: the script's own goroutine panics", func(b *peer.Bench) {
		client := b.Dial(b.Serve(func(ln net.Listener) error { return cases.Each(func(c net.Conn) { io.Copy(c, c) })(ln) }))
		client.Send("?")
		client.Expect("it is served", "?")
		panic("the subject was called here")
	}, peer.Memory)
}
