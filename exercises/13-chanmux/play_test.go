package chanmux_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it. It is a board on
// which every client writes.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		b := &board{read: map[int]int{}}
		loop := &chanmux.Loop{OnEvent: b.event, Tick: time.Minute, Ping: []byte("are you there?\n")}
		if s.Measured() {
			loop.OnEvent = echo
		}
		s.ServeContext(loop.Run)
		s.Hint("nc 127.0.0.1 %PORT    type lines; Enter alone shows what others wrote")
	})
}

// A board holds the lines of all clients. It needs no lock because the Loop
// calls event from one goroutine only.
type board struct {
	lines []string
	read  map[int]int // how many lines a client has read
}

func (b *board) event(e chanmux.Event) []byte {
	if e.Err != nil {
		delete(b.read, e.ID)
		return nil
	}
	if len(e.Line) > 0 {
		b.lines = append(b.lines, fmt.Sprintf("%d wrote: %s\n", e.ID, e.Line))
	}
	news := strings.Join(b.lines[b.read[e.ID]:], "")
	b.read[e.ID] = len(b.lines)
	return []byte(news)
}
