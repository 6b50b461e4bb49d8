package memnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"socketkata/harness/memnet"
)

func TestReadDeadlineIsExactInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.Pair()
		defer client.Close()
		defer server.Close()
		start := time.Now()
		server.SetReadDeadline(start.Add(30 * time.Second))
		_, err := server.Read(make([]byte, 1))
		if got := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || got != 30*time.Second {
			t.Errorf("read fails after %v with %v, want 30s and os.ErrDeadlineExceeded", got, err)
		}
	})
}

func TestDeadlineHasPassedForWhoSleptUntilIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.Pair()
		defer client.Close()
		defer server.Close()
		io.WriteString(client, "late")
		server.SetReadDeadline(time.Now().Add(time.Second))
		time.Sleep(time.Second - 1)
		if _, err := server.Read(make([]byte, 1)); err != nil {
			t.Errorf("a nanosecond before the deadline: %v", err)
		}
		time.Sleep(1)
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("at the deadline: got %v, want os.ErrDeadlineExceeded", err)
		}
	})
}

func TestMovedDeadlineCountsInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.Pair()
		defer client.Close()
		defer server.Close()
		start := time.Now()
		server.SetReadDeadline(start.Add(time.Second))
		done := inBackground(func() { server.Read(make([]byte, 1)) })
		synctest.Wait()
		server.SetReadDeadline(start.Add(time.Minute))
		<-done
		if got := time.Since(start); got != time.Minute {
			t.Errorf("read fails after %v, want 1m0s", got)
		}
	})
}

// synctest.Wait returns only when every goroutine is durably blocked, so it
// hangs, and the test with it, when one of these waits is not.
func TestEveryWaitIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.PairSize(1)
		listener := memnet.Listen()
		packets := memnet.NewPacketNet().Listen()
		ctx, cancel := context.WithCancel(t.Context())
		waits := []func() error{
			func() error { _, err := server.Read(make([]byte, 1)); return err },
			func() error { _, err := server.Write(make([]byte, 2)); return err },
			func() error { _, err := server.Write(make([]byte, 2)); return err }, // behind the first
			func() error { _, err := listener.Accept(); return err },
			func() error { _, _, err := packets.ReadFrom(make([]byte, 1)); return err },
			func() error { return client.WaitRemote(ctx, func(s memnet.State) bool { return s.Closes > 1 }) },
		}
		ended := make(chan error, len(waits))
		for _, wait := range waits {
			go func() { ended <- wait() }()
		}
		synctest.Wait()
		if s := client.Remote(); !s.Reading || !s.Writing || !listener.Accepting() || len(ended) > 0 {
			t.Errorf("not everything waits: %+v, accepting %t, %d ended", s, listener.Accepting(), len(ended))
		}
		server.Close()
		listener.Close()
		packets.Close()
		cancel()
		for range waits {
			if err := <-ended; !errors.Is(err, net.ErrClosed) && !errors.Is(err, context.Canceled) {
				t.Errorf("a wait ends with %v, want net.ErrClosed or context.Canceled", err)
			}
		}
	})
}

// The bubble itself fails when a goroutine is left behind.
func TestCloseLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.Pair()
		listener := memnet.Listen()
		network := memnet.NewPacketNet()
		packets := network.Listen()
		for _, c := range []interface{ SetDeadline(time.Time) error }{client, server, listener, packets} {
			c.SetDeadline(time.Now().Add(time.Minute))
		}
		for _, c := range []io.Closer{client, server, listener, packets} {
			c.Close()
		}
		if left := memnet.Timers(client, server, listener, packets); left != 0 {
			t.Errorf("%d timers are left after Close", left)
		}
	})
}

// The wait is parked before what ends it happens, so that it must be woken.
func TestWaitRemoteIsWoken(t *testing.T) {
	for _, test := range []struct {
		by    string
		until func(memnet.State) bool
		end   func(server *memnet.Conn)
	}{
		{"Close", func(s memnet.State) bool { return s.Closed }, func(server *memnet.Conn) { server.Close() }},
		{"Reset", func(s memnet.State) bool { return s.Closed }, func(server *memnet.Conn) { server.Reset() }},
		{"a second Close", func(s memnet.State) bool { return s.Closes == 2 }, func(server *memnet.Conn) {
			server.Close()
			synctest.Wait()
			server.Close()
		}},
		{"bytes", func(s memnet.State) bool { return s.Unread == 1 }, func(server *memnet.Conn) {
			memnet.Peer(server).Write([]byte("x"))
		}},
	} {
		t.Run(test.by, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := memnet.Pair()
				woken := inBackground(func() { client.WaitRemote(t.Context(), test.until) })
				synctest.Wait()
				test.end(server)
				<-woken
			})
		})
	}
}

func TestWaitAcceptingIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		wait := func() <-chan struct{} {
			woken := inBackground(func() { l.WaitAccepting(t.Context()) })
			synctest.Wait()
			return woken
		}
		byAccept := wait()
		accepted := inBackground(func() { l.Accept() })
		<-byAccept
		l.Dial()
		<-accepted
		byClose := wait()
		l.Close()
		<-byClose
	})
}

func TestDeadlineEndsWritesThatQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.PairSize(1)
		defer client.Close()
		defer server.Close()
		ended := make(chan error)
		for range 10 {
			go func() {
				_, err := client.Write(make([]byte, 2))
				ended <- err
			}()
		}
		client.SetWriteDeadline(time.Now().Add(time.Minute))
		for range 10 {
			if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
			}
		}
	})
}

func TestPastDeadlineWakesReadFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memnet.NewPacketNet().Listen()
		defer c.Close()
		read := inBackground(func() { c.ReadFrom(make([]byte, 1)) })
		synctest.Wait()
		c.SetReadDeadline(past)
		<-read
	})
}

func TestAcceptThatReturnedIsNotParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		defer l.Close()
		l.SetDeadline(time.Now().Add(time.Second))
		l.Accept()
		l.SetDeadline(time.Time{})
		if l.Accepting() {
			t.Error("Accepting after the only Accept has returned")
		}
	})
}

func TestManyIdleClientsTimeOutTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := memnet.Listen()
		const clients = 200
		start := time.Now()
		ended := make(chan time.Duration, clients)
		for range clients {
			client, err := listener.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			server, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				defer server.Close()
				server.SetDeadline(time.Now().Add(90 * time.Second))
				server.Read(make([]byte, 1))
				ended <- time.Since(start)
			}()
		}
		for range clients {
			if got := <-ended; got != 90*time.Second {
				t.Errorf("an idle conn ends after %v, want 1m30s", got)
			}
		}
		listener.Close()
	})
}
