package peer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// quoteLimit is how many bytes of a stream a failure shows.
const quoteLimit = 48

// Expect waits until the subject has sent these bytes. What comes after them
// is left for the next expectation. The reason says why they are due.
func (p *Peer) Expect(reason, want string) {
	p.bench.t.Helper()
	p.expect(reason, want)
}

func (p *Peer) expect(reason, want string) {
	b := p.bench
	b.t.Helper()
	if len(want) > inboxLimit {
		b.t.Fatalf("harness: a step may expect at most %d bytes, this one wants %d", inboxLimit, len(want))
	}
	matched := 0 // bytes that came and are right
	b.awaitOr(reason, func() bool {
		n := min(len(want), len(p.inbox))
		if string(p.inbox[matched:n]) == want[matched:n] { // the usual case, and fast
			matched = n
		}
		if matched == len(want) {
			p.taken(matched)
			return true
		}
		return matched < n || p.end != open
	}, func() outcome { return p.missed(want) })
	b.mu.Lock()
	if matched == len(want) {
		b.mu.Unlock()
		return
	}
	o := p.missed(want)
	b.mu.Unlock()
	b.fail(reason, o)
}

// missed describes why the bytes did not come. Bench.mu is held.
func (p *Peer) missed(want string) outcome {
	got := p.inbox[:min(len(p.inbox), len(want))]
	o := outcome{peer: p}
	o.want, o.got, o.mark = wire.Compare([]byte(want), got)
	switch {
	case !bytes.HasPrefix([]byte(want), got):
		o.symptom = failure.WrongBytes
	case len(got) > 0:
		o.symptom = failure.MissingTail
		o.mark = fmt.Sprintf("got the first %d of %d bytes, then %s", len(got), len(want), p.after())
	case p.end == fin:
		o.symptom, o.got, o.mark = failure.EarlyEOF, "EOF (FIN) and not a single byte", ""
	case p.end == rst:
		o.symptom, o.got, o.mark = failure.Reset, "the conn was reset (RST), not a single byte came", ""
	case p.end == broken:
		o.symptom, o.got, o.mark = p.brokenAs(), p.broke()+", not a single byte came", ""
	default:
		o.symptom, o.got, o.mark = failure.Silence, "silence: not a single byte came, the conn is still open", ""
	}
	return o
}

// after says in words how the stream ended behind the last byte.
func (p *Peer) after() string {
	switch p.end {
	case fin:
		return "EOF (FIN)"
	case rst:
		return "a reset (RST)"
	case broken:
		return p.broke()
	default:
		return "silence: the conn is still open"
	}
}

// broke says what the layer on the conn gave instead of bytes or EOF.
func (p *Peer) broke() string { return "the error " + strconv.Quote(p.why.Error()) }

// brokenAs returns the symptom that such an error is: a stream that is over too
// early, or else one whose bytes are wrong.
func (p *Peer) brokenAs() failure.Symptom {
	if errors.Is(p.why, io.ErrUnexpectedEOF) {
		return failure.EarlyEOF
	}
	return failure.WrongBytes
}

// ExpectLine waits for a line and compares it, without its "\n".
func (p *Peer) ExpectLine(reason, want string) {
	p.bench.t.Helper()
	want += "\n"
	if got := p.line(reason, func() outcome { return p.missed(want) }); got != want {
		o := differ(want, got)
		o.peer = p
		p.bench.fail(reason, o)
	}
}

// ReadLine waits for a line, of whatever content, and returns it without its
// "\n".
func (p *Peer) ReadLine(reason string) string {
	p.bench.t.Helper()
	line := p.line(reason, func() outcome {
		o := p.missed(string(p.inbox) + "\n") // of some line that is the beginning
		o.want = "a line"
		if len(p.inbox) > 0 {
			o.got, o.mark = wire.Quote(p.inbox, quoteLimit), "no end of the line, then "+p.after()
		}
		return o
	})
	return line[:len(line)-1]
}

// ReadAll waits until the subject has ended its stream with FIN and returns
// everything that had not been asked for. That must be less than 32 MiB, which
// is what a peer reads ahead.
func (p *Peer) ReadAll(reason string) string {
	p.bench.t.Helper()
	p.awaitEnd(reason, true)
	return p.take(len(p.inbox))
}

// line waits for a line and takes it. When none comes it ends the script with
// what why, called with Bench.mu held, says.
func (p *Peer) line(reason string, why func() outcome) string {
	b := p.bench
	b.t.Helper()
	n, searched := 0, 0
	b.awaitOr(reason, func() bool {
		if i := bytes.IndexByte(p.inbox[searched:], '\n'); i >= 0 {
			n = searched + i + 1
		}
		searched = len(p.inbox)
		return n > 0 || p.end != open
	}, why)
	if n > 0 {
		return p.take(n)
	}
	b.mu.Lock()
	o := why()
	b.mu.Unlock()
	b.fail(reason, o)
	return ""
}

func (p *Peer) take(n int) string {
	p.bench.mu.Lock()
	defer p.bench.mu.Unlock()
	text := string(p.inbox[:n])
	p.taken(n)
	return text
}

// taken removes n bytes from the inbox. Bench.mu is held.
func (p *Peer) taken(n int) {
	p.inbox = p.inbox[n:]
	p.bench.cond.Broadcast() // there is room again
}

// ExpectEOF waits until the subject ends its stream with FIN, and checks that
// no byte comes before.
func (p *Peer) ExpectEOF(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "EOF (FIN) and no further byte", fin)
}

// ExpectReset waits until the subject resets the conn, and checks that no
// byte comes before.
func (p *Peer) ExpectReset(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "a reset (RST) and no further byte", rst)
}

// ExpectClosed waits until the subject has ended the conn in any way, FIN or
// RST, and checks that no byte comes before. It is for endings in which
// timing decides between the two.
func (p *Peer) ExpectClosed(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "the conn ends (FIN or RST) and no further byte comes", fin, rst, broken)
}

func (p *Peer) expectEnd(reason, want string, ends ...end) {
	p.bench.t.Helper()
	p.awaitEnd(reason, false)
	p.expectOnly(reason, want, ends...)
}

// expectOnly checks that no byte is there and that the subject's direction is
// in one of the states.
func (p *Peer) expectOnly(reason, want string, fine ...end) {
	b := p.bench
	b.t.Helper()
	b.mu.Lock()
	o := outcome{peer: p, want: want}
	switch {
	case len(p.inbox) > 0:
		o.symptom, o.got = failure.ExtraBytes, wire.Quote(p.inbox, quoteLimit)
	case !slices.Contains(fine, p.end) && p.end == broken:
		o.symptom, o.got = p.brokenAs(), p.broke()
	case !slices.Contains(fine, p.end) && p.end == rst:
		o.symptom, o.got = failure.Reset, "the conn was reset (RST)"
	case !slices.Contains(fine, p.end):
		o.symptom, o.got = failure.EarlyEOF, "EOF (FIN)"
	}
	b.mu.Unlock()
	if o.symptom != "" {
		b.fail(reason, o)
	}
}

// awaitEnd waits until the subject's direction has ended, or, unless all is
// set, a byte is there.
func (p *Peer) awaitEnd(reason string, all bool) {
	b := p.bench
	b.t.Helper()
	b.awaitOr(reason, func() bool { return p.end != open || !all && len(p.inbox) > 0 }, func() outcome {
		return outcome{symptom: failure.StaysOpen, peer: p, got: "the conn is still open", want: "the conn ends"}
	})
	if !all {
		return
	}
	b.mu.Lock()
	o := outcome{peer: p, want: "EOF (FIN)"}
	switch p.end {
	case rst:
		o.symptom, o.got = failure.Reset, "the conn was reset (RST)"
	case broken:
		o.symptom, o.got = p.brokenAs(), p.broke()
	}
	b.mu.Unlock()
	if o.symptom != "" {
		b.fail(reason, o)
	}
}

// ExpectQuiet checks that the subject has sent nothing more and has not hung
// up. It looks when nothing can happen any more without time passing, and so
// needs [Virtual]. Elsewhere silence is proven by asking something whose
// answer has to come next.
func (p *Peer) ExpectQuiet(reason string) {
	b := p.bench
	b.t.Helper()
	b.onlyVirtual("ExpectQuiet")
	b.Settle()
	p.expectOnly(reason, "nothing yet, and the conn stays open", open)
}

// ExpectStall checks that the subject takes no more of what the peer sends,
// and has taken at most max bytes of it: what a server must do whose own
// answers nobody reads. It needs [Virtual].
func (p *Peer) ExpectStall(reason string, max int) {
	b := p.bench
	b.t.Helper()
	b.onlyVirtual("ExpectStall")
	b.Settle()
	b.mu.Lock()
	sent := p.sent
	b.mu.Unlock()
	if sent > int64(max) {
		b.fail(reason, outcome{
			symptom: failure.Growth, peer: p,
			got:  fmt.Sprintf("your code took %d bytes while its answers were not read", sent),
			want: fmt.Sprintf("at most %d bytes are taken until the peer reads", max),
		})
	}
}
