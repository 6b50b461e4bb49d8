package network

import (
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// exchange sends numbered datagrams, from 1, and returns what arrives until
// nothing has come for longer than any is late. It is for bubbles, where that
// costs no time.
func exchange(t *testing.T, seed uint64, count int, set func(n *Packets, sender net.Addr)) (got []string, fates []Fate) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		memory := NewMemory()
		n := NewPackets(memory.ListenPacket, seed, func(s Sent) {
			require.Equal(t, len(fates)+1, s.NumberFrom)
			require.Equal(t, len(fates)+1, s.NumberTo)
			require.Equal(t, strconv.Itoa(s.NumberFrom), string(s.Data))
			fates = append(fates, s.Fate)
		})
		from, to := listenPacket(t, n), listenPacket(t, n)
		set(n, from.LocalAddr())
		defer from.Close()
		defer to.Close()
		for i := range count {
			_, err := from.WriteTo([]byte(strconv.Itoa(i+1)), to.LocalAddr())
			require.NoError(t, err)
		}
		p := make([]byte, 100)
		for {
			to.SetReadDeadline(time.Now().Add(2 * lateLimit))
			size, _, err := to.ReadFrom(p)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
			require.NoError(t, err)
			got = append(got, string(p[:size]))
		}
	})
	return got, fates
}

func listenPacket(t *testing.T, n *Packets) net.PacketConn {
	t.Helper()
	c, err := n.ListenPacket()
	require.NoError(t, err)
	return c
}

// TestScript checks each fate by the order of what arrives.
func TestScript(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		script map[int]Fate
		want   []string
	}{
		{"nothing scripted", nil, []string{"1", "2", "3"}},
		{"lose datagram 2", map[int]Fate{2: Lost}, []string{"1", "3"}},
		{"datagram 2 twice", map[int]Fate{2: Twice}, []string{"1", "2", "2", "3"}},
		{"3 before 2", map[int]Fate{2: Late}, []string{"1", "3", "2"}},
		{"nothing overtakes the last one", map[int]Fate{3: Late}, []string{"1", "2", "3"}},
		{"late behind a late one", map[int]Fate{1: Late, 2: Late}, []string{"2", "1", "3"}},
		{"a lost one overtakes nothing", map[int]Fate{1: Late, 2: Lost}, []string{"3", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, fates := exchange(t, 1, 3, func(n *Packets, sender net.Addr) {
				for number, f := range test.script {
					n.ScriptFrom(sender, number, f)
				}
			})
			require.Equal(t, test.want, got)
			for i, f := range fates {
				require.Equal(t, test.script[i+1], f)
			}
		})
	}
}

// TestLateIsALimitedTime checks when a datagram arrives that nothing overtakes.
func TestLateIsALimitedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := NewMemory()
		n := NewPackets(memory.ListenPacket, 1, func(Sent) {})
		c := listenPacket(t, n)
		n.ScriptTo(c.LocalAddr(), 1, Late)
		n.ScriptFrom(c.LocalAddr(), 2, Late)
		defer c.Close()
		began := time.Now()
		_, err := c.WriteTo([]byte("late"), c.LocalAddr())
		require.NoError(t, err)
		_, _, err = c.ReadFrom(make([]byte, 10))
		require.NoError(t, err)
		require.Equal(t, lateLimit, time.Since(began))
		_, err = c.WriteTo([]byte("never"), c.LocalAddr())
		require.NoError(t, err)
		n.Stop()
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
		_, _, err = c.ReadFrom(make([]byte, 10))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// TestSeedRepeatsTheChances checks that chances follow the seed, and roughly
// the probabilities.
func TestSeedRepeatsTheChances(t *testing.T) {
	t.Parallel()
	const count = 200
	chances := func(n *Packets, _ net.Addr) { n.SetChances(Chances{Lost: 0.2, Twice: 0.2, Late: 0.2}) }
	first, fates := exchange(t, 7, count, chances)
	again, _ := exchange(t, 7, count, chances)
	require.Empty(t, cmp.Diff(first, again), "the same seed gives other fates")
	_, others := exchange(t, 8, count, chances)
	require.NotEmpty(t, cmp.Diff(fates, others), "another seed gives the same fates")
	number := make(map[Fate]int)
	for _, f := range fates {
		number[f]++
	}
	for _, f := range []Fate{Lost, Twice, Late} { // 40 on average; 20 to 60 is 3.5 standard deviations
		require.Greater(t, number[f], 20, f)
		require.Less(t, number[f], 60, f)
	}
}

// TestScriptLeavesTheOthersAlone checks that what is scripted for one datagram
// does not change what chance gives the others.
func TestScriptLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	chances := func(n *Packets, _ net.Addr) { n.SetChances(Chances{Lost: 0.5}) }
	_, want := exchange(t, 7, 50, chances)
	_, got := exchange(t, 7, 50, func(n *Packets, sender net.Addr) {
		chances(n, sender)
		n.ScriptFrom(sender, 10, Twice)
	})
	require.Equal(t, Twice, got[9])
	got[9] = want[9]
	require.Equal(t, want, got)
}

// TestEachDirectionCounts checks that a number means one sender's datagrams, or
// those to one address, and that what is spared is neither counted nor left to
// chance.
func TestEachDirectionCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []Sent
		n := NewPackets(NewMemory().ListenPacket, 1, func(s Sent) {
			s.Data = slices.Clone(s.Data)
			sent = append(sent, s)
		})
		one, two, server := listenPacket(t, n), listenPacket(t, n), listenPacket(t, n)
		defer one.Close()
		defer two.Close()
		defer server.Close()
		n.ScriptFrom(two.LocalAddr(), 1, Lost)
		n.ScriptTo(one.LocalAddr(), 2, Twice)
		n.Spare(server.LocalAddr(), "probe")
		for _, d := range []struct {
			from, to net.PacketConn
			data     string
			fate     Fate
			numbers  [2]int
		}{
			{one, server, "a", Arrives, [2]int{1, 1}},
			{one, server, "probe", Arrives, [2]int{0, 0}},
			{two, server, "b", Lost, [2]int{1, 2}},
			{one, server, "probe", Arrives, [2]int{2, 3}},
			{server, two, "c", Arrives, [2]int{1, 1}},
			{server, one, "d", Arrives, [2]int{2, 1}},
			{server, one, "e", Twice, [2]int{3, 2}},
		} {
			_, err := d.from.WriteTo([]byte(d.data), d.to.LocalAddr())
			require.NoError(t, err)
			last := sent[len(sent)-1]
			require.Equal(t, d.data, string(last.Data))
			require.Equal(t, d.fate, last.Fate, d.data)
			require.Equal(t, d.numbers, [2]int{last.NumberFrom, last.NumberTo}, d.data)
		}
		n.SetChances(Chances{Lost: 1})
		n.Spare(server.LocalAddr(), "probe")
		for _, data := range []string{"lost", "probe"} {
			_, err := one.WriteTo([]byte(data), server.LocalAddr())
			require.NoError(t, err)
		}
		require.Equal(t, Lost, sent[len(sent)-2].Fate)
		require.Equal(t, Arrives, sent[len(sent)-1].Fate)
	})
}

// TestErrorsAreTheInnerConns checks that what cannot be sent has no fate.
func TestErrorsAreTheInnerConns(t *testing.T) {
	t.Parallel()
	for name, inner := range networks(t) {
		t.Run(name, func(t *testing.T) {
			n := NewPackets(inner.ListenPacket, 1, func(Sent) { t.Error("it counts as sent") })
			c := listenPacket(t, n)
			n.ScriptFrom(c.LocalAddr(), 1, Lost)
			if c.LocalAddr().Network() == "udp" {
				_, err := c.WriteTo(make([]byte, maxPayload+1), c.LocalAddr())
				require.ErrorContains(t, err, "message")
			}
			require.NoError(t, c.Close())
			_, err := c.WriteTo(nil, c.LocalAddr())
			require.ErrorIs(t, err, net.ErrClosed)
		})
	}
}
