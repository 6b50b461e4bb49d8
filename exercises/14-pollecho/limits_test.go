//go:build unix

package pollecho_test

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	pollecho "socketkata/exercises/14-pollecho"
	"socketkata/harness/peer"
)

// forgetsClients lets more clients come and go than poll accepts entries. The
// one that stays is served if Run has dropped the others from its list.
func forgetsClients(b *peer.Bench, server *peer.Server, stays *peer.Peer) {
	const entries = 12
	for range 2 * entries {
		leaver := b.Dial(server)
		rounds(leaver, 1)
		bye(leaver)
	}
	defer b.LimitDescriptors(entries)()
	for range 2 { // the first may only end the poll that began before the limit
		stays.Send("still here\n")
		stays.Expect("Run leaves clients that have gone out of poll", "still here\n")
	}
}

// failsWithPoll makes poll itself fail, while Run has more clients than poll
// accepts entries.
func failsWithPoll(b *peer.Bench) {
	const entries = 12
	server, loop := start(b, usual)
	crowd := b.Crowd(server, entries)
	crowd.Each(func(_ int, client *peer.Peer) { rounds(client, 1) })
	defer b.LimitDescriptors(entries)()
	crowd[0].Send("wake up\n")
	b.Error("Run fails, because poll returned EINVAL", server.Result("Run returns when poll fails permanently"))
	b.AtLeast("Stats counts every accept, even if Run fails", loop.Accepts, entries)
}

// acceptsAlone makes accept fail while Run has no client whose close could free
// a descriptor. The listener is descriptor 0, as inetd passes it.
func acceptsAlone(b *peer.Bench) {
	stdin, err := unix.Dup(0)
	b.NoError("the bench keeps standard input", err)
	defer func() {
		unix.Dup2(stdin, 0)
		unix.Close(stdin)
	}()
	l, began := new(loop), b.Elapsed()
	server := l.serve(b, func(listenFD, stopFD int) (err error) {
		unix.Dup2(listenFD, 0)
		l.Stats, err = pollecho.Run(0, stopFD, usual)
		return err
	})
	restore := leaveOneDescriptor(b)
	defer restore()
	client := b.Dial(server)
	client.Send("alone\n")
	pause(b, 300*time.Millisecond, l.retrying())
	var ms int
	fmt.Sscanf(string(l.timeout()), "%d ms", &ms)
	b.AtMost("without a client, poll wakes Run within 1000 ms to retry accept", ms, 1000)
	restore()
	client.Expect("without a client, Run retries accept on a timer", "alone\n")
	bye(client)
	stop(b, server)
	b.AtMost("a listener that is descriptor 0 does not keep poll from sleeping while accept fails", l.Waits, 200+int((b.Elapsed()-began)/time.Millisecond))
}

// acceptsAfterFull makes accept fail until a client resets its conn whose queue
// is full: only a write shows Run that the conn has ended.
func acceptsAfterFull(b *peer.Bench) {
	server, _, full, silent := startWithFull(b)
	restore := leaveOneDescriptor(b)
	defer restore()
	next := b.Dial(server)
	next.Send("me too\n")
	rounds(silent, 2) // by then accept has failed
	full.Reset()
	next.Expect("Run accepts the client once another has reset its conn with a full queue", "me too\n")
	restore()
	bye(next, silent)
	stop(b, server)
}

// stopsByZero gives Run a stopFD that is descriptor 0, which is free.
func stopsByZero(b *peer.Bench) {
	zero, end, err := os.Pipe()
	b.NoError("the bench opens a pipe", err)
	defer zero.Close()
	defer end.Close()
	server := serve(b, func(listenFD, _ int) error { return run(listenFD, int(zero.Fd())) })
	client := b.Dial(server)
	bye(client)
	end.Write([]byte("stop"))
	b.NoError("stopFD is polled even if it is descriptor 0", server.Result("Run returns once descriptor 0 is readable"))
}
