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

	"github.com/google/go-cmp/cmp"
	"socketkata/harness/memnet"
)

// receive takes datagrams until none comes for longer than any is held back.
// It is for bubbles, where this costs no time.
func receive(t *testing.T, c net.PacketConn) []string {
	t.Helper()
	var got []string
	p := make([]byte, 100)
	for {
		c.SetReadDeadline(time.Now().Add(2 * memnet.HoldLimit))
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

// exchange sends count numbered datagrams through a net with faults and
// returns what arrives.
func exchange(t *testing.T, f memnet.PacketFaults, count int) (got []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.NewPacketNet(f)
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
	network := memnet.NewPacketNet(memnet.PacketFaults{})
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
	network := memnet.NewPacketNet(memnet.PacketFaults{})
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

func TestFaultlessNetLosesNothing(t *testing.T) {
	want := []string{"0", "1", "2", "3", "4"}
	if diff := cmp.Diff(want, exchange(t, memnet.PacketFaults{Seed: 1}, 5)); diff != "" {
		t.Errorf("datagrams (-want +got):\n%s", diff)
	}
}

func TestCertainFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		faults memnet.PacketFaults
		want   []string
	}{
		{"loss", memnet.PacketFaults{Loss: 1}, nil},
		{"duplicate", memnet.PacketFaults{Duplicate: 1}, []string{"0", "0", "1", "1", "2", "2"}},
		{"reorder, the last one is late", memnet.PacketFaults{Reorder: 1}, []string{"1", "0", "2"}},
		{"duplicate and reorder", memnet.PacketFaults{Duplicate: 1, Reorder: 1}, []string{"0", "1", "1", "0", "2", "2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, exchange(t, test.faults, 3)); diff != "" {
				t.Errorf("datagrams (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSeedRepeatsTheFaults(t *testing.T) {
	faults := memnet.PacketFaults{Seed: 7, Loss: 0.2, Duplicate: 0.2, Reorder: 0.2}
	const count = 200
	first, again := exchange(t, faults, count), exchange(t, faults, count)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed gives other faults (-first +again):\n%s", diff)
	}
	faults.Seed++
	if cmp.Equal(first, exchange(t, faults, count)) {
		t.Error("another seed gives the same faults")
	}
	times := make(map[string]int)
	for _, d := range first {
		times[d]++
	}
	doubled := 0
	for _, n := range times {
		doubled += n - 1
	}
	// 200 draws at 0.2 are 40 on average; 20 to 60 is 3.5 standard deviations.
	if lost := count - len(times); lost < 20 || lost > 60 {
		t.Errorf("%d of %d are lost, want about 40", lost, count)
	}
	if doubled < 12 || doubled > 52 {
		t.Errorf("%d of %d arrive twice, want about 32", doubled, count)
	}
}

func TestFateDoesNotDependOnOtherConns(t *testing.T) {
	faults := memnet.PacketFaults{Seed: 7, Loss: 0.5}
	want := exchange(t, faults, 50)
	synctest.Test(t, func(t *testing.T) {
		network := memnet.NewPacketNet(faults)
		from, to, other := network.Listen(), network.Listen(), network.Listen()
		defer from.Close()
		defer to.Close()
		defer other.Close()
		for i := range 50 {
			other.WriteTo([]byte("noise"), other.LocalAddr())
			fmt.Fprintf(sender{from, to.LocalAddr()}, "%d", i)
		}
		if diff := cmp.Diff(want, receive(t, to)); diff != "" {
			t.Errorf("datagrams (-alone +with others):\n%s", diff)
		}
	})
}

func TestTwoSendersMeetDifferentFates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.NewPacketNet(memnet.PacketFaults{Seed: 7, Loss: 0.5})
		first, second := network.Listen(), network.Listen()
		defer first.Close()
		defer second.Close()
		for i := range 50 {
			fmt.Fprintf(sender{first, first.LocalAddr()}, "%d", i)
			fmt.Fprintf(sender{second, second.LocalAddr()}, "%d", i)
		}
		if cmp.Equal(receive(t, first), receive(t, second)) {
			t.Error("two conns lose the same datagrams")
		}
	})
}

func TestFullQueueDropsDatagrams(t *testing.T) {
	got := exchange(t, memnet.PacketFaults{}, memnet.QueueLimit+10)
	if len(got) != memnet.QueueLimit || got[len(got)-1] != fmt.Sprint(memnet.QueueLimit-1) {
		t.Errorf("%d datagrams arrive, want the first %d", len(got), memnet.QueueLimit)
	}
}

func TestUnknownAddressSwallowsDatagrams(t *testing.T) {
	network := memnet.NewPacketNet(memnet.PacketFaults{})
	c, gone := network.Listen(), network.Listen()
	defer c.Close()
	gone.Close()
	if n, err := c.WriteTo([]byte("hello?"), gone.LocalAddr()); n != 6 || err != nil {
		t.Errorf("WriteTo a closed conn: %d, %v, want 6 and no error", n, err)
	}
}

func TestPacketConnErrors(t *testing.T) {
	network := memnet.NewPacketNet(memnet.PacketFaults{})
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
