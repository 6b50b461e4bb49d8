package peer

import (
	"net"
	"time"

	"socketkata/harness/network"
	"socketkata/harness/slow"
	"socketkata/harness/wire"
)

// dialLimit ends a dial that gets no answer, which is rare: a listener's queue
// holds thousands. So it may be long enough for a segment that a busy system
// loses three times, and repeats after 1, 3 and 7 seconds (RFC 6298).
const dialLimit = 15 * time.Second

// networkOf returns the network of an arena.
func networkOf(arena Arena) network.Network {
	if arena == Memory || arena == Virtual {
		return network.NewMemory()
	}
	return network.Loopback{DialLimit: longDial()}
}

// Sockets is what the verbs of a bench make.
type Sockets string

const (
	// Inet sockets are TCP and UDP on 127.0.0.1. A script begins with them.
	Inet Sockets = "Inet"
	// Unix sockets have paths in a folder that the bench removes at the end.
	Unix Sockets = "Unix"
)

// Over says what sockets the bench makes from here on: with Unix the verbs Serve,
// Listener, Listen, Pair and those for datagrams make Unix sockets, and Addr is a
// path. It needs [Loopback].
func (b *Bench) Over(s Sockets) {
	b.t.Helper()
	b.onlySockets("Over")
	if s == Inet {
		b.net = networkOf(b.arena)
		return
	}
	if b.folder == nil {
		folder, err := network.NewUnix(longDial())
		if err != nil {
			b.t.Fatalf("harness: %v", err)
		}
		b.folder = folder
	}
	b.net = b.folder
}

// removeFolder removes what is left of Unix sockets.
func (b *Bench) removeFolder() {
	if b.folder == nil {
		return
	}
	if err := b.folder.Close(); err != nil {
		b.t.Errorf("harness: remove the folder of sockets: %v", err)
	}
}

// onlySockets ends a script that needs real sockets in an arena without.
func (b *Bench) onlySockets(verb string) {
	b.t.Helper()
	if b.arena != Loopback && b.arena != Process {
		b.t.Fatalf("harness: %s needs peer.Loopback; this script runs in %s", verb, b.arena)
	}
}

func longDial() time.Duration { return max(dialLimit, slow.Stretch(dialLimit)) }

// dialer returns a function that dials the address.
func dialer(addr net.Addr) func() (net.Conn, error) {
	return func() (net.Conn, error) { return network.Dial(addr.Network(), addr.String(), longDial()) }
}

// listen returns a listener of the bench. Its address stays taken until the
// script has ended, however soon the listener is closed.
func (b *Bench) listen() *network.Listener {
	b.t.Helper()
	ln, err := b.net.Listen()
	if err != nil {
		b.run.Unable("listen", err)
	}
	b.held = append(b.held, ln)
	return ln
}

// Plenty is a number of bytes that do not fit into all the buffers between the
// two ends of a conn that the bench made: a sender of as many waits until the
// other side reads.
const Plenty = 4 << 20

// PlentyDialed is the same for a conn that the subject dialed, of which the
// bench made only one end.
const PlentyDialed = 10 << 20

// Numbered returns size bytes, less than 80 MB: lines of eight bytes that count
// up, "0000000\n", so that a missing, repeated or misplaced part shows. It may
// be called concurrently.
func Numbered(size int) string { return wire.Numbered(size) }
