// Package udpecho is an echo server for datagrams, and a client that repeats
// its request until a reply comes.
package udpecho

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// longest is more than any UDP datagram holds, so that none is cut unseen:
// ReadFrom drops what does not fit, without an error.
const longest = 64 << 10

// Serve sends every datagram that it receives on pc back to its sender, from
// pc. Each datagram is one message, even an empty one. Serve drops a datagram
// of more than max bytes, which is positive, and never sends back a part of one.
//
// Serve returns nil once ctx is done or pc is closed, and may drop what it has not
// sent back by then. It does not close pc, and leaves no goroutine behind and
// nothing registered on ctx. If ctx ends it, a read deadline may stay on pc, which
// the owner of pc removes.
//
// An error of WriteTo costs one answer, which Serve does not repeat. A ReadFrom
// error that is syscall.ECONNREFUSED (by errors.Is) is about an earlier answer that
// nobody received, and Serve goes on. It returns any other, wrapped or unchanged,
// unless a datagram was too long (Windows).
//
// Serve may be called concurrently, for one packet conn each.
func Serve(ctx context.Context, pc net.PacketConn, max int) error {
	defer interruptReads(ctx, pc)()
	buf := make([]byte, longest)
	for {
		n, from, err := pc.ReadFrom(buf)
		switch {
		case ctx.Err() != nil, errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, syscall.ECONNREFUSED): // about an earlier answer, not this socket
			continue
		case err != nil:
			return err
		case n > max:
			continue
		}
		pc.WriteTo(buf[:n], from) // its error costs only this answer
	}
}

// A Client says how patient [Client.Do] is. Both fields must be positive.
type Client struct {
	Timeout time.Duration // how long one try waits for a reply
	Tries   int           // how often the request is sent at most
}

// Do sends req to the server at to and returns its reply. On the wire, a
// request and its reply begin with the same id: see withID and splitID. Each call
// picks an id of its own, even two calls at the same instant.
//
// If no reply comes within Timeout, Do sends the same datagram again, id
// included. A reply to any of the tries is the reply. If the last try has no
// reply within Timeout either, Do returns an error that is
// os.ErrDeadlineExceeded (by errors.Is).
//
// A reply comes from the address to and carries the id of this call. Do ignores
// every other datagram, and keeps its deadlines. An IPv4 address is the same
// address in its IPv6 form, ::ffff:127.0.0.1; an IPv6 zone is a part of an address.
//
// Once ctx is done, Do returns ctx.Err(), wrapped or unchanged, and sends nothing
// more. If a reply has come by then, Do may return it instead. An error of pc that
// is os.ErrDeadlineExceeded (by errors.Is) may end the try or the call. Do returns
// any other error of pc at once, wrapped or unchanged, even a refusal of something
// sent earlier; a req that is too long for a datagram is such an error, too.
//
// Do does not close pc. There is no deadline on pc when Do is called, and none
// when Do returns. Do leaves no goroutine behind, and nothing registered on ctx.
// Do may be called concurrently; calls on one pc follow one another. The reply
// may have any length that a datagram has, and belongs to the caller. Do changes
// neither req nor the bytes behind it, up to its capacity.
func (c Client) Do(ctx context.Context, pc net.PacketConn, to net.Addr, req []byte) ([]byte, error) {
	defer interruptReads(ctx, pc)()
	id := rand.Uint32()
	for range c.Tries {
		pc.SetReadDeadline(time.Now().Add(c.Timeout))
		if ctx.Err() != nil { // after SetReadDeadline, which may have undone that of interruptReads
			return nil, ctx.Err()
		}
		if _, err := pc.WriteTo(withID(id, req), to); err != nil {
			return nil, fmt.Errorf("send request: %w", err)
		}
		reply, err := receive(pc, to, id)
		switch {
		case err == nil:
			return reply, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, fmt.Errorf("wait for reply: %w", err)
		}
	}
	return nil, fmt.Errorf("no reply from %v in %d tries: %w", to, c.Tries, os.ErrDeadlineExceeded)
}

// receive waits for the reply until the read deadline of pc.
func receive(pc net.PacketConn, to net.Addr, id uint32) ([]byte, error) {
	buf := make([]byte, longest) // the caller keeps a part of it
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return nil, err
		}
		got, reply, ok := splitID(buf[:n])
		// As text, an IPv4 address and its IPv6 form are equal; as netip.Addr they are not.
		if ok && got == id && from.String() == to.String() {
			return reply, nil
		}
	}
}

// interruptReads lets no ReadFrom of pc wait once ctx is done. The function it
// returns ends that and removes the deadline.
func interruptReads(ctx context.Context, pc net.PacketConn) (stop func()) {
	set := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		defer close(set)
		pc.SetReadDeadline(time.Unix(1, 0)) // wakes a blocked ReadFrom
	})
	return func() {
		if !unregister() {
			<-set // else the deadline may come after the next line
		}
		pc.SetReadDeadline(time.Time{})
	}
}

// idSize is the length of an id on the wire: eight hexadecimal digits and a
// space. It is given, like the two functions below.
const idSize = 9

// withID returns a datagram with that id and payload: "3fa2c91b line 7?".
func withID(id uint32, payload []byte) []byte {
	return append(fmt.Appendf(nil, "%08x ", id), payload...)
}

// splitID takes a datagram apart. ok is false if it does not begin with an id.
// The payload is a part of datagram, not a copy.
func splitID(datagram []byte) (id uint32, payload []byte, ok bool) {
	if len(datagram) < idSize || datagram[idSize-1] != ' ' {
		return 0, nil, false
	}
	n, err := strconv.ParseUint(string(datagram[:idSize-1]), 16, 32)
	return uint32(n), datagram[idSize:], err == nil
}
