package relay_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	relay "socketkata/exercises/11-relay"
	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it. Behind the relay is
// a price feed. A minute of silence ends a conversation.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		feed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		behind := trade
		if s.Measured() {
			behind = echo
		}
		go accept(feed, behind)
		dial := func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", feed.Addr().String())
		}
		s.ServeContext(func(ctx context.Context, ln net.Listener) error {
			return relay.Serve(ctx, ln, dial, time.Minute)
		})
		s.Hint(
			"nc 127.0.0.1 %PORT                      the feed speaks first; then type a metal",
			"printf 'tin\\nzinc' | nc -N 127.0.0.1 %PORT    half-closes; the answers arrive all the same",
		)
	})
}

func accept(ln net.Listener, behind func(net.Conn)) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			behind(c)
		}()
	}
}

// echo is behind the relay when it is measured.
func echo(c net.Conn) { io.Copy(c, c) }

// trade is the feed: it says hello, answers each line and, once the client's
// stream has ended, takes leave.
func trade(c net.Conn) {
	fmt.Fprintln(c, "the exchange is open")
	metals := bufio.NewScanner(c)
	n := 0
	for metals.Scan() {
		n++
		fmt.Fprintf(c, "%s %d\n", metals.Text(), 2000+137*n)
	}
	fmt.Fprintf(c, "%d prices, goodbye\n", n)
}
