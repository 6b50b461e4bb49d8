package play

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"socketkata/harness/play/relay"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// labels name the two sides of the picture. The bench's side is on the left, as
// in failures.
func (s *show) labels() wire.Labels {
	l := wire.Labels{Harness: "client", Subject: "your server", Still: s.Still}
	if s.ready.Asks {
		l.Harness, l.Subject = "server", "your client"
	}
	if !s.c.InPlace {
		l.Subject = "the reference"
	}
	return l
}

// tap puts what passes the relay into the picture.
func (s *show) tap(p relay.Passed) {
	e := wire.Event{At: p.At, Conn: fmt.Sprintf("client %d", p.Client), From: wire.Side(p.From), Kind: p.Kind, Data: p.Data, Size: len(p.Data)}
	if s.ready.Asks { // then it is the code that connects
		e.Conn, e.From = fmt.Sprintf("conn %d", p.Client), 1-e.From
	}
	if p.Kind == wire.Note {
		e.Note = string(p.Data)
	}
	s.feed.Add(e)
}

// draw writes the picture. It alone waits for the terminal.
func (s *show) draw() {
	defer close(s.drawn)
	for more := true; more; {
		events, open := s.feed.Next()
		more = open
		var text strings.Builder
		for _, e := range events {
			text.WriteString(s.row(e) + "\n")
		}
		io.WriteString(s.Out, text.String())
	}
}

// row draws one event: a row of the ladder, a line that the code printed, or a
// remark.
func (s *show) row(e wire.Event) string {
	switch {
	case e.Kind == wire.Note && e.Conn == "" && e.From == wire.Subject:
		return s.Paint(terminal.Bold, fmt.Sprintf("%-13s", "your code")) + " " + terminal.Visible(e.Note)
	case e.Kind == wire.Note && e.Conn == "":
		return remark(e.Note)
	}
	row := wire.Ladder{Labels: s.labels()}.Row(e)
	switch e.Kind {
	case wire.RST, wire.Refused:
		return s.Paint(terminal.Red, row)
	case wire.Gap:
		return s.Paint(terminal.Dim, row)
	}
	return row
}

// remark sets a sentence apart from the picture.
func remark(text string) string {
	var rows []string
	for line := range strings.SplitSeq(text, "\n") {
		for _, row := range terminal.Wrap(line, 76) {
			rows = append(rows, strings.TrimRight("  "+terminal.Visible(row), " "))
		}
	}
	return strings.Join(rows, "\n")
}

// A printer takes what the process prints, line by line, into the picture. It
// never blocks the process.
type printer struct {
	feed   *relay.Feed
	traces bool // a traceback is held back: a sentence says it

	mu    sync.Mutex
	part  []byte // of a line without its end yet
	trace []byte // what may be the end of a dying process
	shown int    // how much of it is in the picture
}

const (
	keptTrace  = 64 << 10
	holdTrace  = time.Second // a process that lives on has only printed it
	keptOfLine = 4 << 10
)

// Write takes a piece of what is printed.
func (p *printer) Write(piece []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for rest := piece; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		p.part = append(p.part, line[:min(len(line), keptOfLine-len(p.part))]...)
		if ended {
			p.line(string(bytes.TrimSuffix(p.part, []byte("\r"))))
			p.part = p.part[:0]
		}
		rest = after
	}
	return len(piece), nil
}

// line takes a whole line. p.mu is held.
func (p *printer) line(text string) {
	at := -1
	for _, mark := range []string{"panic: ", "fatal error: ", "runtime: "} {
		if i := strings.Index(text, mark); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	holding := p.shown < len(p.trace)
	switch {
	case holding:
		p.hold(text)
	case p.traces && at >= 0:
		if at > 0 {
			p.print(text[:at])
		}
		p.trace, p.shown = p.trace[:0], 0
		p.hold(text[at:])
		time.AfterFunc(holdTrace, p.flush)
	default:
		p.hold(text) // it may belong to a traceback that took its time
		p.shown = len(p.trace)
		p.print(text)
	}
}

// hold keeps a line, but no more than a traceback needs. p.mu is held.
func (p *printer) hold(text string) {
	if p.traces && len(p.trace)+len(text) < keptTrace {
		p.trace = append(p.trace, text+"\n"...)
	}
}

func (p *printer) print(text string) {
	p.feed.Add(wire.Event{Kind: wire.Note, From: wire.Subject, Note: terminal.Shorten(text)})
}

// flush shows what was held back.
func (p *printer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(string(p.trace[p.shown:])) {
		p.print(strings.TrimSuffix(line, "\n"))
	}
	p.shown = len(p.trace)
	if len(p.part) > 0 {
		p.print(string(p.part))
		p.part = p.part[:0]
	}
}

// take returns what may be the end of a dying process, which is then not
// shown.
func (p *printer) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = len(p.trace)
	return string(p.trace)
}

// longestLine is how much of a line is kept: input need not have any line end.
const longestLine = 64 << 10

// lines returns the lines of r as they come, with their ends, and closes the
// channel after the last. A longer one comes in pieces. A caller that stops
// receiving leaks its goroutine.
func lines(r io.Reader) <-chan []byte {
	all := make(chan []byte)
	go func() {
		defer close(all)
		for b := bufio.NewReaderSize(r, longestLine); ; {
			line, err := b.ReadSlice('\n')
			if len(line) > 0 {
				all <- bytes.Clone(line)
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return
			}
		}
	}()
	return all
}

// twice is how far apart two interrupts are at least: the go command passes on
// the one that kata gets from the terminal too.
const twice = 500 * time.Millisecond

// secondInterrupt returns a channel that is closed at the second interrupt.
func secondInterrupt() (again <-chan struct{}, stop func()) {
	signals, second, done := make(chan os.Signal, 8), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		var first time.Time
		for {
			select {
			case <-signals:
			case <-done:
				return
			}
			if first.IsZero() {
				first = time.Now()
			} else if time.Since(first) > twice {
				close(second)
				return
			}
		}
	}()
	return second, func() { signal.Stop(signals); close(done) }
}
