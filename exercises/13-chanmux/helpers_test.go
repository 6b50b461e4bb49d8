package chanmux_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/peer"
)

// errCable is the error of a conn or listener whose cable was pulled.
var errCable = errors.New("no route to host")

// A loop is a Loop and the ctx that Run gets.
type loop struct {
	*chanmux.Loop
	ctx context.Context
}

func (l loop) Run(ln net.Listener) error { return l.Loop.Run(l.ctx, ln) }

func serve(b *peer.Bench, ctx context.Context, l *chanmux.Loop, wrap ...func(net.Listener) net.Listener) *peer.Server {
	return b.Serve(loop{l, ctx}.Run, wrap...)
}

// tell formats an event: "0: hello\n" for a line, "0: EOF\n" for the end of a
// stream. It returns nil for failures and for the line "quiet", and an empty
// answer for the line "empty".
func tell(e chanmux.Event) []byte {
	switch {
	case errors.Is(e.Err, io.EOF):
		return fmt.Appendf(nil, "%d: EOF\n", e.ID)
	case string(e.Line) == "empty":
		return []byte{}
	case e.Err != nil || string(e.Line) == "quiet":
		return nil
	}
	return fmt.Appendf(nil, "%d: %s\n", e.ID, e.Line)
}

// echo answers a line with the same line.
func echo(e chanmux.Event) []byte { return append(e.Line, '\n') }

// think takes 10ms for each event and returns nil.
func think(chanmux.Event) []byte {
	<-time.After(10 * time.Millisecond)
	return nil
}

// choose answers each line from the table, always with the same memory.
func choose(answers map[string][]byte) func(chanmux.Event) []byte {
	return func(e chanmux.Event) []byte { return answers[string(e.Line)] }
}

// bore answers everything with more than the network takes.
func bore(chanmux.Event) []byte { return boring() }

var boring = sync.OnceValue(func() []byte { return bytes.Repeat([]byte("bla\n"), peer.Plenty/4) })

// merge calls Merge, which must return while its conns are open.
func merge(b *peer.Bench, ctx context.Context, conns ...net.Conn) <-chan chanmux.Event {
	call := peer.Start(b, "Merge", func() (<-chan chanmux.Event, error) { return chanmux.Merge(ctx, conns...), nil })
	events, _ := call.Result("Merge returns its channel at once")
	return events
}

// ponder takes a second for each event and returns nil.
func ponder(chanmux.Event) []byte {
	<-time.After(time.Second)
	return nil
}

// receive receives events until the channel is closed, and writes each to the
// conn it came from. The call returns the events. Its error joins every Err
// other than io.EOF, and reports an event that follows the end of its conn.
func receive(b *peer.Bench, events <-chan chanmux.Event, conns ...net.Conn) *peer.Call[[]chanmux.Event] {
	return peer.Start(b, "the receiver of Merge's channel", func() (all []chanmux.Event, wrong error) {
		answers, flush := writers(conns)
		defer flush()
		over := map[int]bool{}
		for e := range events {
			if over[e.ID] {
				return all, fmt.Errorf("conn %d: an event followed its end", e.ID)
			}
			if over[e.ID] = e.Err != nil; e.Err != nil && !errors.Is(e.Err, io.EOF) {
				wrong = errors.Join(wrong, e.Err)
			}
			if e.ID < len(conns) {
				answers[e.ID] <- tell(e)
			}
			all = append(all, e)
		}
		return all, wrong
	})
}

// An eventCount is a number of events that came from a channel.
type eventCount int

func (n eventCount) String() string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", int(n))
}

// endNothing checks that Merge reports no end if only ctx has ended.
func endNothing(b *peer.Bench) {
	ctx, cancel := context.WithCancel(b.Context())
	_, conn0 := b.Pair()
	_, conn1 := b.Pair()
	receiver := receive(b, merge(b, ctx, conn0, conn1))
	b.Until("the readers wait, and so does the receiver, or only ctx would be ready", b.AtRest)
	b.Note("ctx is canceled")
	cancel()
	events, _ := receiver.Result("Merge closes the channel when ctx is done")
	b.Equal("Merge reports no end of conns that are still open", eventCount(0), eventCount(len(events)))
}

// lateFunctions checks that Merge stops if the functions of ctx start only when
// Merge has seen that ctx is done.
func lateFunctions(b *peer.Bench) {
	ctx, cancel := context.WithCancel(b.Context())
	functions, start := context.WithCancel(b.Context())
	_, conn := b.Pair()
	receiver := receive(b, merge(b, lateContext{ctx, functions}, conn))
	b.Note("ctx is canceled")
	cancel()
	b.Until("Merge has seen that ctx is done, or still waits", b.AtRest)
	start()
	receiver.Result("Merge closes the channel even if ctx's functions start late")
}

// A lateContext is done before its functions of context.AfterFunc start, which
// they do when another context is done.
type lateContext struct {
	context.Context
	functions context.Context
}

func (c lateContext) AfterFunc(f func()) (stop func() bool) {
	return context.AfterFunc(c.functions, f)
}

// Value hides the context inside, on which package context would register
// without a call of AfterFunc.
func (c lateContext) Value(any) any { return nil }

// writers writes what comes on each channel to its conn. The receiver of events
// must not be blocked in Write itself: its conn would not be read meanwhile, and
// TCP hardly gets anywhere while both ends send and neither reads.
func writers(conns []net.Conn) (answers []chan []byte, flush func()) {
	var all sync.WaitGroup
	for _, c := range conns {
		queue := make(chan []byte, 2*peer.Plenty/1000) // more than any script has lines of that length
		answers = append(answers, queue)
		all.Go(func() {
			for p := range queue {
				c.Write(p)
			}
		})
	}
	return answers, func() {
		for _, queue := range answers {
			close(queue)
		}
		all.Wait()
	}
}

// chatter has the client send n lines, one every pause.
func chatter(b *peer.Bench, client *peer.Peer, n int, pause time.Duration) {
	for range n {
		client.Send("x\n")
		b.Advance(pause)
	}
}

// A diary records when a Loop called its functions, relative to newDiary. It
// needs virtual time.
type diary struct {
	began time.Time

	mu    sync.Mutex // between the Loop and the script
	notes []string
	err   error // of the last end
}

func newDiary() *diary { return &diary{began: time.Now()} }

func (d *diary) note(text string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes, d.err = append(d.notes, text), err
}

func (d *diary) tick(now time.Time) { d.note(now.Sub(d.began).String(), nil) }

func (d *diary) slowTick(now time.Time) {
	d.tick(now)
	<-time.After(100 * time.Millisecond)
}

// end records the end of a client and answers it.
func (d *diary) end(e chanmux.Event) []byte {
	if e.Err == nil {
		return nil
	}
	d.note(fmt.Sprintf("%d at %v", e.ID, time.Since(d.began)), e.Err)
	return []byte("farewell\n")
}

func (d *diary) tell(e chanmux.Event) []byte {
	d.end(e)
	return tell(e)
}

func (d *diary) read() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.notes, " "), d.err
}

// A turnstile counts the calls of pass that overlap another.
type turnstile struct{ inside, clashes atomic.Int64 }

func (t *turnstile) pass(d time.Duration) {
	if t.inside.Add(1) > 1 {
		t.clashes.Add(1)
	}
	<-time.After(d)
	t.inside.Add(-1)
}
