package chanmux_test

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"

	chanmux "socketkata/exercises/13-chanmux"
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
	b.Equal("Merge delivers 8 lines and one end", 9, len(events))
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

// queueAnswers has answers wait for a client that reads late.
func queueAnswers(b *peer.Bench) {
	long, short := roomy(strings.Repeat("x", peer.Plenty-1)+"\n"), roomy("short\n")
	late := b.Dial(serve(b, b.Context(), &chanmux.Loop{OnEvent: choose(map[string][]byte{"long": long, "short": short})}))
	late.StopReading()
	late.Send("long\n")
	b.Settle() // until the first answer is blocked in Write
	late.Send("short\nshort\n")
	b.Settle()
	late.ResumeReading()
	late.Expect("every answer arrives, in order", string(long)+"short\nshort\n")
	b.Equal("Run does not write to the memory behind OnEvent's results", strings.Repeat("-", 2*room), behind(long)+behind(short))
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
