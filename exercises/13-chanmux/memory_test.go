package chanmux_test

import (
	"bufio"
	"cmp"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	chanmux "socketkata/exercises/13-chanmux"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// keepLines keeps the lines that Merge and Run deliver, appends to each, and
// compares all of them with what was sent.
func keepLines(b *peer.Bench, sent []string) {
	anna, conn := b.Pair()
	receiver := receive(b, merge(b, b.Context(), conn))
	anna.Send(strings.Join(sent, "\n") + "\n")
	anna.CloseWrite()
	events, err := receiver.Result("Merge closes the channel after the end")
	b.NoError("no line is longer than allowed", err)
	b.Equal("Merge delivers 8 lines and one end", eventCount(9), eventCount(len(events)))
	kept := new(shelf)
	for _, e := range events[:8] {
		kept.keep(e)
	}
	kept.append("appended")
	for i, line := range sent {
		b.Equal("a kept line is still the line that was sent", line, kept.line(i))
	}
	kept = new(shelf)
	client := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: kept.keep}))
	client.Send(strings.Join(sent, "\n") + "\n")
	client.CloseWrite()
	client.ExpectEOF("Run closes the conn after its end")
	kept.append("appended")
	for i, line := range sent {
		b.Equal("a line that OnEvent kept is still the line that was sent", line, kept.line(i))
	}
}

// A shelf keeps the lines it is given, without copying them.
type shelf struct {
	mu    sync.Mutex // between the Loop and the script
	lines [][]byte
	err   error // of the last end
}

func (s *shelf) keep(e chanmux.Event) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, e.Line)
	if e.Err != nil {
		s.err = e.Err
	}
	return nil
}

// part is keep that answers the end of a client.
func (s *shelf) part(e chanmux.Event) []byte {
	if s.keep(e); e.Err == nil {
		return nil
	}
	return []byte("farewell\n")
}

func (s *shelf) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// count returns how many events there were.
func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines)
}

// append appends to each line and keeps it as it was.
func (s *shelf) append(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		_ = append(line, text...)
	}
}

func (s *shelf) line(i int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[i]
}

// longLines returns n different lines of size bytes.
func longLines(n, size int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = strings.Repeat(string(rune('a'+i)), size)
	}
	return lines
}

// room is how many bytes there are behind a roomy text.
const room = 100

// failInLoop checks that a Loop reads as Merge does.
func failInLoop(b *peer.Bench) {
	for _, odd := range []func(net.Conn) net.Conn{fault.EmptyReads, fault.DataWithEOF} {
		fred := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: tell}, fault.EveryConn(odd)))
		fred.Send("two\nthree")
		fred.CloseWrite()
		fred.Expect("Run delivers every byte before the end", "0: two\n0: three\n0: EOF\n")
	}
	ida, conn := b.Pair(func(c net.Conn) net.Conn { return errorWithData{c} })
	receive(b, merge(b, b.Context(), conn), conn)
	ida.Send("four\n")
	ida.Expect("a line that Read returns together with an error is delivered", "0: four\n")
	kept := new(shelf)
	gina := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: kept.part}, fault.EveryConn(fault.FailRead(4, syscall.ETIMEDOUT))))
	gina.Send("one\n")
	gina.Expect("the answer to an end is written, even if Read failed", "farewell\n")
	gina.ExpectClosed("Run closes a conn whose Read failed")
	b.ErrorIs("OnEvent gets the error of Read", kept.end(), syscall.ETIMEDOUT)
	hans := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: kept.part}))
	hans.SendAsync(strings.Repeat("x", bufio.MaxScanTokenSize))
	hans.Expect("the answer to an end is written, even if a line was too long", "farewell\n")
	hans.ExpectClosed("Run closes a conn whose line is too long")
	b.ErrorIs("OnEvent gets the error", kept.end(), bufio.ErrTooLong)
}

// An errorWithData returns an error with each Read, as io.Reader allows.
type errorWithData struct{ net.Conn }

func (c errorWithData) Read(p []byte) (int, error) {
	n, _ := c.Conn.Read(p)
	return n, errCable
}

// queueAnswers has answers wait for a client that reads late.
func queueAnswers(b *peer.Bench) {
	long, short := roomy(strings.Repeat("x", peer.Plenty-1)+"\n"), roomy("short\n")
	choice, answers := choose(map[string][]byte{"long": long, "short": short}), new(atomic.Int64)
	late := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: func(e chanmux.Event) []byte {
		answers.Add(1)
		return choice(e)
	}}))
	late.StopReading()
	late.Send("long\n")
	b.Settle() // until the first answer is blocked in Write
	late.Send(strings.Repeat("short\n", 200))
	b.Settle()
	b.AtMost("at most 100 answers wait or are being written", int(answers.Load()), 100)
	late.ResumeReading()
	late.Expect("every answer arrives, in order", string(long)+strings.Repeat("short\n", 200))
	b.Equal("Run does not write to the memory behind OnEvent's results", strings.Repeat("-", 2*room), behind(long)+behind(short))
}

// keepSending has a client send a second line while OnEvent is busy with its end.
func keepSending(b *peer.Bench) {
	heard := newDiary()
	loop := &chanmux.Loop{OnEvent: func(e chanmux.Event) []byte {
		heard.note(cmp.Or(string(e.Line), "end"), e.Err)
		ponder(e)
		return []byte("answer\n")
	}}
	client := b.Dial(serve(b, b.Context(), loop, fault.EveryConn(fault.FailWrite(0, errCable))))
	client.Send("one\n")
	b.Advance(1500 * time.Millisecond) // its answer fails after a second
	client.Send("two\n")
	b.Settle()
	client.Reset()
	b.Advance(5 * time.Second)
	events, _ := heard.read()
	_, after, _ := strings.Cut(events, "end")
	b.Equal("OnEvent gets nothing from a client after its end", "", after)
}

// roomy returns text in memory that goes on behind it.
func roomy(text string) []byte {
	return []byte(text + strings.Repeat("-", room))[:len(text)]
}

// behind returns the room behind a roomy text.
func behind(text []byte) string { return string(text[len(text) : len(text)+room]) }

// A counter counts the conns that are not closed, and those that are in Write.
type counter struct{ open, writing atomic.Int64 }

type countedConn struct {
	net.Conn
	by    *counter
	close sync.Once
}

func (c *counter) count(conn net.Conn) net.Conn {
	c.open.Add(1)
	return &countedConn{Conn: conn, by: c}
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.by.writing.Add(1)
	defer c.by.writing.Add(-1)
	return c.Conn.Write(p)
}

func (c *countedConn) Close() error {
	c.close.Do(func() { c.by.open.Add(-1) })
	return c.Conn.Close()
}
