//go:build linux || darwin

package sockopts_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	sockopts "socketkata/exercises/04-sockopts"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(obey)
		s.Hint("nc 127.0.0.1 %PORT    type inspect, nagle, nodelay, abort or drain")
	})
}

// obey calls one of the learner's functions for each line.
func obey(_ context.Context, conn net.Conn) error {
	c := conn.(*net.TCPConn)
	for lines := bufio.NewReader(c); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		switch strings.TrimSpace(line) {
		case "inspect":
			var o sockopts.Options
			if o, err = sockopts.Inspect(c); err == nil {
				_, err = fmt.Fprintf(c, "NoDelay %v, KeepAlive %+v, UserTimeout %v, RecvBuf %d, SendBuf %d\n",
					*o.NoDelay, *o.KeepAlive, o.UserTimeout, o.RecvBuf, o.SendBuf)
			}
		case "nagle":
			err = sockopts.Tune(c, sockopts.Options{NoDelay: new(false)})
		case "nodelay":
			err = sockopts.Tune(c, sockopts.Options{NoDelay: new(true)})
		case "abort":
			return sockopts.Abort(c)
		case "drain":
			io.WriteString(c, "good-bye; end your side within ten seconds\n")
			return sockopts.DrainClose(c, 10*time.Second)
		}
		if err != nil {
			return err
		}
	}
}
