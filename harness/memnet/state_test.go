package memnet_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"socketkata/harness/memnet"
)

func wantUnread(t *testing.T, c *memnet.Conn, want int) {
	t.Helper()
	if got := c.PeerUnread(); got != want {
		t.Errorf("the other end has %d bytes to read, want %d", got, want)
	}
}

func TestPeerUnreadCountsBytes(t *testing.T) {
	client, server := memnet.Pair()
	wantUnread(t, client, 0)
	io.WriteString(client, "12345")
	wantUnread(t, client, 5)
	wantUnread(t, server, 0)
	server.Read(make([]byte, 3))
	wantUnread(t, client, 2)
	server.Close()
	wantUnread(t, client, 2)
}

func TestWriteWaitsWhenTheBufferIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.PairSize(4)
		done := inBackground(func() { io.WriteString(server, "12345678") })
		synctest.Wait()
		wantUnread(t, server, 4)
		got := make([]byte, 8)
		if _, err := io.ReadFull(client, got); err != nil || string(got) != "12345678" {
			t.Errorf("read %q, %v", got, err)
		}
		<-done
		wantUnread(t, server, 0)
	})
}

func TestOneOfTwoParkedReadersTakesTheByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := memnet.Pair()
		taken := make(chan int, 2)
		for range 2 {
			go func() { n, _ := server.Read(make([]byte, 1)); taken <- n }()
		}
		synctest.Wait()
		client.Write([]byte("x"))
		synctest.Wait()
		if len(taken) != 1 || <-taken != 1 {
			t.Error("not exactly one reader has taken the byte")
		}
		client.Close()
		if n := <-taken; n != 0 {
			t.Errorf("the other reader has taken %d bytes", n)
		}
	})
}

func TestWaitReadEndsWithItsContext(t *testing.T) {
	client, server := memnet.Pair()
	defer client.Close()
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	io.WriteString(client, "x")
	if err := client.WaitRead(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	server.Read(make([]byte, 1))
	if err := client.WaitRead(ctx); err != nil {
		t.Errorf("everything is read: got %v although ctx is done", err)
	}
}
