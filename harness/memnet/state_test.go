package memnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"socketkata/harness/memnet"
)

// waitFor waits until the other end of c is in a state that ok accepts.
func waitFor(t *testing.T, c *memnet.Conn, what string, ok func(memnet.State) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := c.WaitRemote(ctx, ok)
	if err == nil {
		err = ctx.Err() // nobody was told that the state has changed
	}
	if err != nil {
		t.Fatalf("wait for %s: %v; the other end is %+v", what, err, c.Remote())
	}
}

func wantRemote(t *testing.T, c *memnet.Conn, want memnet.State) {
	t.Helper()
	if diff := cmp.Diff(want, c.Remote()); diff != "" {
		t.Errorf("state of the other end (-want +got):\n%s", diff)
	}
}

func reading(s memnet.State) bool { return s.Reading }
func writing(s memnet.State) bool { return s.Writing }

func TestRemoteCountsUnreadBytes(t *testing.T) {
	client, server := memnet.Pair()
	wantRemote(t, client, memnet.State{})
	io.WriteString(client, "12345")
	wantRemote(t, client, memnet.State{Unread: 5})
	wantRemote(t, server, memnet.State{})
	server.Read(make([]byte, 3))
	wantRemote(t, client, memnet.State{Unread: 2})
	server.Close()
	wantRemote(t, client, memnet.State{Unread: 2, Closed: true, Closes: 1})
	server.Close()
	wantRemote(t, client, memnet.State{Unread: 2, Closed: true, Closes: 2})
}

func TestResetIsNotCountedAsClose(t *testing.T) {
	client, server := memnet.Pair()
	server.Reset()
	wantRemote(t, client, memnet.State{Closed: true})
	server.Reset()
	wantRemote(t, client, memnet.State{Closed: true})
}

func TestReadingEndsTheMomentBytesAreSent(t *testing.T) {
	client, server := memnet.Pair()
	received := make(chan byte)
	done := inBackground(func() {
		defer close(received)
		p := make([]byte, 1)
		for {
			if _, err := server.Read(p); err != nil {
				return
			}
			received <- p[0]
		}
	})
	for i := range 1000 {
		waitFor(t, client, "a parked reader", reading)
		client.Write([]byte{byte(i)})
		// The reader takes the byte but cannot be parked again: it has yet to
		// hand the byte over.
		if s := client.Remote(); s.Reading {
			t.Fatalf("byte %d: the other end counts as parked with a byte to read: %+v", i, s)
		}
		<-received
	}
	waitFor(t, client, "a parked reader", reading)
	client.Close()
	<-done
}

func TestWritingMeansTheBufferIsFull(t *testing.T) {
	client, server := memnet.PairSize(4)
	done := inBackground(func() { io.WriteString(server, "12345678") })
	waitFor(t, client, "a parked writer", writing)
	if got := server.Remote().Unread; got != 4 {
		t.Errorf("%d bytes are sent into a buffer of 4", got)
	}
	got := make([]byte, 8)
	if _, err := io.ReadFull(client, got); err != nil || string(got) != "12345678" {
		t.Errorf("read %q, %v", got, err)
	}
	<-done
	wantRemote(t, client, memnet.State{})
}

func TestOneOfTwoParkedReadersTakesTheByte(t *testing.T) {
	client, server := memnet.Pair()
	read := func() { server.Read(make([]byte, 1)) }
	first, second := inBackground(read), inBackground(read)
	waitFor(t, client, "a parked reader", reading)
	client.Write([]byte("x"))
	select {
	case <-first:
	case <-second:
	}
	waitFor(t, client, "the other reader, parked", reading)
	client.Close()
	<-first
	<-second
}

func TestWaitRemoteSeesWhatEndsAWait(t *testing.T) {
	client, server := memnet.Pair()
	closed := inBackground(func() {
		waitFor(t, client, "Close", func(s memnet.State) bool { return s.Closes == 2 })
	})
	server.Close()
	server.Close()
	<-closed
}

func TestCallEndedByItsDeadlineIsNotParked(t *testing.T) {
	client, server := memnet.PairSize(1)
	defer client.Close()
	defer server.Close()
	read := inBackground(func() { server.Read(make([]byte, 1)) })
	write := inBackground(func() { server.Write(make([]byte, 2)) })
	waitFor(t, client, "a parked reader", reading)
	waitFor(t, client, "a parked writer", writing)
	server.SetReadDeadline(time.Now().Add(soon))
	waitFor(t, client, "the end of the read", func(s memnet.State) bool { return !s.Reading })
	server.SetWriteDeadline(time.Now().Add(soon))
	waitFor(t, client, "the end of the write", func(s memnet.State) bool { return !s.Writing })
	<-read
	<-write
	server.SetDeadline(time.Time{})
	wantRemote(t, client, memnet.State{})
}

func TestWaitRemoteEndsWithItsContext(t *testing.T) {
	client, server := memnet.Pair()
	defer client.Close()
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := client.WaitRemote(ctx, reading); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	if err := client.WaitRemote(ctx, func(memnet.State) bool { return true }); err != nil {
		t.Errorf("what holds already: got %v although ctx is done", err)
	}
}

func TestAcceptingMeansParkedWithAnEmptyBacklog(t *testing.T) {
	l := memnet.Listen()
	if l.Accepting() {
		t.Error("Accepting before Accept")
	}
	accepted := make(chan net.Conn)
	done := inBackground(func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	})
	for range 100 {
		if err := l.WaitAccepting(t.Context()); err != nil {
			t.Fatal(err)
		}
		client, err := l.Dial()
		if err != nil {
			t.Fatal(err)
		}
		if l.Accepting() {
			t.Fatal("Accepting although a conn was dialed that is not handed over yet")
		}
		(<-accepted).Close()
		client.Close()
	}
	l.Close()
	<-done
	if err := l.WaitAccepting(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("wait at a closed listener: got %v, want net.ErrClosed", err)
	}
}

func TestWaitAcceptingEndsWithItsContext(t *testing.T) {
	l := memnet.Listen()
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := l.WaitAccepting(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
}
