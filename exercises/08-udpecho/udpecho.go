// Package udpecho is an echo server for datagrams, and a client that repeats
// its request until a reply comes.
package udpecho

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

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
	// TODO: write this.
	return errors.New("Serve is not written yet")
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
	// TODO: write this.
	return nil, errors.New("Client.Do is not written yet")
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
