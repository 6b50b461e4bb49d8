package echo_test

import (
	"errors"
	"io"
	"net"
	"strings"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/peer"
)

// These start a call in the background, so that the script can play the peer.

func serve(b *peer.Bench, ln net.Listener) *peer.Call[any] {
	return peer.Start(b, "Serve", func() (any, error) { return nil, echo.Serve(ln) })
}

func serveConn(b *peer.Bench, c net.Conn) *peer.Call[int64] {
	return peer.Start(b, "ServeConn", func() (int64, error) { return echo.ServeConn(c) })
}

func roundTrip(b *peer.Bench, c net.Conn, message string) *peer.Call[[]byte] {
	return roundTripOf(b, c, []byte(message))
}

func roundTripOf(b *peer.Bench, c net.Conn, msg []byte) *peer.Call[[]byte] {
	return peer.Start(b, "RoundTrip", func() ([]byte, error) { return echo.RoundTrip(c, msg) })
}

// expectReply checks what RoundTrip returned.
func expectReply(b *peer.Bench, reason string, call *peer.Call[[]byte], want string) {
	b.Helper()
	got, err := call.Result("RoundTrip returns once the reply is complete")
	b.NoError("RoundTrip received the whole reply", err)
	b.Equal(reason, want, got)
}

func writeTo(b *peer.Bench, c net.Conn, message string) *peer.Call[int] {
	return peer.Start(b, "conn.Write", func() (int, error) { return io.WriteString(c, message) })
}

func readFrom(b *peer.Bench, c net.Conn) *peer.Call[[]byte] {
	return peer.Start(b, "conn.Read", func() ([]byte, error) {
		p := make([]byte, 100)
		n, err := c.Read(p)
		return p[:n], err
	})
}

// failWithBytes makes Read return err together with the n-th byte, which
// io.Reader allows, and from then on.
func failWithBytes(n int, err error) func(net.Conn) net.Conn {
	return func(c net.Conn) net.Conn { return &failing{c, n, err} }
}

type failing struct {
	net.Conn
	left int
	err  error
}

func (c *failing) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.err
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	if c.left -= n; err == nil && c.left == 0 {
		err = c.err
	}
	return n, err
}

// A mostlyEmpty conn returns 60 times 0 bytes and no error before each other Read.
type mostlyEmpty struct {
	net.Conn
	reads int
}

func (c *mostlyEmpty) Read(p []byte) (int, error) {
	if c.reads++; c.reads%61 != 0 {
		return 0, nil
	}
	return c.Conn.Read(p)
}

// errNetwork is the error of every operation on a lost network interface.
var errNetwork = errors.New("network is down")

// allBytes returns size bytes that contain every value. They repeat with a
// period that does not match any likely buffer size.
func allBytes(size int) string {
	block := make([]byte, 65_521)
	for i := range block {
		block[i] = byte(i + i>>8*7)
	}
	return strings.Repeat(string(block), size/len(block)+1)[:size]
}

// neverReadsAt is R10 for a server at an address. The buffers of the system
// cannot be told from the server's own there: both together take 1 to 21 MiB of
// a client that never reads, if the server is right.
func neverReadsAt(b *peer.Bench, server *peer.Server) {
	message := peer.Numbered(64 << 20)
	client := b.Dial(server)
	client.StopReading()
	taken := client.ExpectStuck("the server stops reading while its Write is blocked", message)
	client.CloseWrite()
	client.ResumeReading()
	for sent := message[:taken]; sent != ""; {
		part := min(len(sent), 1<<20)
		client.Expect("what the server took before the FIN comes back", sent[:part])
		sent = sent[part:]
	}
	client.ExpectEOF("the server closes after the last byte")
}
