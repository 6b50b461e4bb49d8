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
		_, server := memnet.PairSize(1)
		unread, _ := memnet.Pair()
		io.WriteString(unread, "x")
		listener := memnet.Listen()
		packets := memnet.NewPacketNet().Listen()
		ctx, cancel := context.WithCancel(t.Context())
		waits := []func() error{
			func() error { _, err := server.Read(make([]byte, 1)); return err },
			func() error { _, err := server.Write(make([]byte, 2)); return err },
			func() error { _, err := server.Write(make([]byte, 2)); return err }, // waits for the first
			func() error { _, err := listener.Accept(); return err },
			func() error { _, _, err := packets.ReadFrom(make([]byte, 1)); return err },
			func() error { return unread.WaitRead(ctx) },
		}
		ended := make(chan error, len(waits))
		for _, wait := range waits {
			go func() { ended <- wait() }()
		}
		synctest.Wait()
		if len(ended) > 0 {
			t.Errorf("%d do not wait", len(ended))
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
func TestWaitReadIsWoken(t *testing.T) {
	for by, end := range map[string]func(server *memnet.Conn){
		"Read":  func(server *memnet.Conn) { server.Read(make([]byte, 2)) },
		"Close": func(server *memnet.Conn) { server.Close() },
		"Reset": func(server *memnet.Conn) { server.Reset() },
	} {
		t.Run(by, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := memnet.Pair()
				io.WriteString(client, "12")
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				woken := inBackground(func() {
					if err := client.WaitRead(ctx); err != nil {
						t.Errorf("the wait ends with %v", err)
					}
				})
				synctest.Wait()
				end(server)
				<-woken
			})
		})
	}
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
