package memnet_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"socketkata/harness/memnet"
)

// receive takes datagrams until none is left. It is for bubbles, where this
// costs no time.
func receive(t *testing.T, c net.PacketConn) []string {
	t.Helper()
	var got []string
	p := make([]byte, 100)
	for {
		c.SetReadDeadline(time.Now().Add(time.Second))
		n, _, err := c.ReadFrom(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(p[:n]))
	}
}

// exchange sends count numbered datagrams through a net and returns what arrives.
func exchange(t *testing.T, count int) (got []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.NewPacketNet()
		from, to := network.Listen(), network.Listen()
		defer from.Close()
		defer to.Close()
		for i := range count {
			if _, err := fmt.Fprintf(sender{from, to.LocalAddr()}, "%d", i); err != nil {
				t.Fatal(err)
			}
		}
		got = receive(t, to)
	})
	return got
}

// A sender is a PacketConn with one destination.
type sender struct {
	net.PacketConn
	to net.Addr
}

func (s sender) Write(p []byte) (int, error) { return s.WriteTo(p, s.to) }

func TestDatagramsKeepTheirBoundaries(t *testing.T) {
	network := memnet.NewPacketNet()
	alice, bob := network.Listen(), network.Listen()
	defer alice.Close()
	defer bob.Close()
	sent := []string{"one", "", "three", strings.Repeat("x", memnet.MaxPayload)}
	for _, payload := range sent {
		n, err := alice.WriteTo([]byte(payload), bob.LocalAddr())
		if n != len(payload) || err != nil {
			t.Fatalf("WriteTo of %d bytes: %d, %v", len(payload), n, err)
		}
	}
	p := make([]byte, 1<<16)
	for _, want := range sent {
		n, from, err := bob.ReadFrom(p)
		if err != nil {
			t.Fatal(err)
		}
		if string(p[:n]) != want {
			t.Errorf("a datagram of %d bytes arrives, want the one of %d", n, len(want))
		}
		if from.String() != alice.LocalAddr().String() {
			t.Errorf("sender is %v, want %v", from, alice.LocalAddr())
		}
	}
}

func TestShortBufferTruncatesInSilence(t *testing.T) {
	network := memnet.NewPacketNet()
	c := network.Listen()
	defer c.Close()
	c.WriteTo([]byte("truncated"), c.LocalAddr())
	c.WriteTo([]byte("second"), c.LocalAddr())
	p := make([]byte, 4)
	n, _, err := c.ReadFrom(p)
	if string(p[:n]) != "trun" || err != nil {
		t.Errorf("got %q, %v, want the first four bytes and no error", p[:n], err)
	}
	n, _, err = c.ReadFrom(p)
	if string(p[:n]) != "seco" || err != nil {
		t.Errorf("got %q, %v, want the next datagram, not the rest of the first", p[:n], err)
	}
}

func TestFullQueueDropsDatagrams(t *testing.T) {
	got := exchange(t, memnet.QueueLimit+10)
	if len(got) != memnet.QueueLimit || got[len(got)-1] != fmt.Sprint(memnet.QueueLimit-1) {
		t.Errorf("%d datagrams arrive, want the first %d", len(got), memnet.QueueLimit)
	}
}

func TestUnknownAddressSwallowsDatagrams(t *testing.T) {
	network := memnet.NewPacketNet()
	c, gone := network.Listen(), network.Listen()
	defer c.Close()
	gone.Close()
	if n, err := c.WriteTo([]byte("hello?"), gone.LocalAddr()); n != 6 || err != nil {
		t.Errorf("WriteTo a closed conn: %d, %v, want 6 and no error", n, err)
	}
}

func TestPacketConnErrors(t *testing.T) {
	network := memnet.NewPacketNet()
	c := network.Listen()
	to := c.LocalAddr()
	p := make([]byte, memnet.MaxPayload+1)
	check := func(call string, err, want error) {
		t.Helper()
		if _, ok := errors.AsType[*net.OpError](err); !ok || !errors.Is(err, want) {
			t.Errorf("%s: got %v (%T), want a *net.OpError with %v", call, err, err, want)
		}
	}
	write := func(p []byte, to net.Addr) error { _, err := c.WriteTo(p, to); return err }
	read := func() error { _, _, err := c.ReadFrom(p); return err }

	check("WriteTo of too much", write(p, to), memnet.ErrMessageSize)
	if err := write(nil, &net.TCPAddr{}); err == nil {
		t.Error("WriteTo a TCP address: no error")
	}
	write([]byte("there"), to)
	c.SetDeadline(past)
	check("ReadFrom after the deadline", read(), os.ErrDeadlineExceeded)
	check("WriteTo after the deadline", write(nil, to), os.ErrDeadlineExceeded)
	c.SetDeadline(time.Time{})
	if err := read(); err != nil {
		t.Errorf("ReadFrom without deadline: %v", err)
	}
	c.SetReadDeadline(time.Now().Add(soon))
	check("ReadFrom that waits", read(), os.ErrDeadlineExceeded)
	c.SetReadDeadline(time.Time{})
	blocked := make(chan error)
	go func() { blocked <- read() }()
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	check("blocked ReadFrom", <-blocked, net.ErrClosed)
	check("ReadFrom", read(), net.ErrClosed)
	check("WriteTo", write(nil, to), net.ErrClosed)
	check("Close again", c.Close(), net.ErrClosed)
	check("SetDeadline", c.SetDeadline(time.Time{}), net.ErrClosed)
}
