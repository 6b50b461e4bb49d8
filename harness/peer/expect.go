package peer

import (
	"bytes"
	"fmt"
	"os"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// Expect waits until the subject has sent these bytes. What comes after them
// is left for the next expectation. The reason says why they are due. As every
// step that takes bytes, it fails if a descriptor came with one of them; see
// [Peer.ExpectFiles].
func (p *Peer) Expect(reason, want string) {
	p.bench.t.Helper()
	p.expect(reason, want)
	p.takeFiles(reason, 0)
}

// takeFiles returns the files that came with the bytes taken last. It fails
// unless they are n.
func (p *Peer) takeFiles(reason string, n int) []*os.File {
	p.bench.t.Helper()
	files := p.end.TakeFiles()
	if len(files) != n {
		p.fail(reason, failure.Outcome{Symptom: failure.WrongValue,
			Got: descriptors(len(files)) + " came with the bytes", Want: descriptors(n)})
	}
	return files
}

func descriptors(n int) string {
	if n == 0 {
		return "no descriptor"
	}
	return wire.Count(n, "descriptor")
}

func (p *Peer) expect(reason, want string) {
	b := p.bench
	b.t.Helper()
	if len(want) > endpoint.InboxLimit {
		b.t.Fatalf("harness: a step may expect at most %d bytes, this one wants %d", endpoint.InboxLimit, len(want))
	}
	why := func() failure.Outcome { return p.end.Missed(want) }
	matched := 0 // bytes that came and are right
	p.await(reason, func() bool {
		inbox := p.end.Inbox()
		n := min(len(want), len(inbox))
		if string(inbox[matched:n]) == want[matched:n] { // the usual case, and fast
			matched = n
		}
		if matched == len(want) {
			p.end.Drop(matched)
			return true
		}
		return matched < n || p.end.State() != endpoint.Open
	}, why)
	if matched < len(want) {
		p.failFor(reason, why)
	}
}

// await is a wait for something about the peer's conn.
func (p *Peer) await(reason string, done func() bool, why func() failure.Outcome) {
	p.bench.t.Helper()
	p.bench.run.Await(p.side, reason, done, why)
}

// fail ends the script because of something about the peer's conn.
func (p *Peer) fail(reason string, o failure.Outcome) {
	p.bench.t.Helper()
	p.bench.run.Fail(p.side, reason, o)
}

// failFor is fail with what why, called with Bench.mu held, says.
func (p *Peer) failFor(reason string, why func() failure.Outcome) {
	p.bench.t.Helper()
	p.bench.mu.Lock()
	o := why()
	p.bench.mu.Unlock()
	p.fail(reason, o)
}

// ExpectLine waits for a line and compares it, without its "\n".
func (p *Peer) ExpectLine(reason, want string) {
	p.bench.t.Helper()
	want += "\n"
	if got := p.line(reason, func() failure.Outcome { return p.end.Missed(want) }); got != want {
		p.fail(reason, endpoint.Differ(want, got))
	}
	p.takeFiles(reason, 0)
}

// ReadLine waits for a line, whatever is in it, and returns it without its
// "\n".
func (p *Peer) ReadLine(reason string) string {
	p.bench.t.Helper()
	line := p.line(reason, p.end.MissedLine)
	p.takeFiles(reason, 0)
	return line[:len(line)-1]
}

// ReadAll waits until the subject has ended its stream with FIN and returns
// everything that was not asked for before. That must be less than 32 MiB, which
// is what a peer reads ahead.
func (p *Peer) ReadAll(reason string) string {
	b := p.bench
	b.t.Helper()
	p.awaitEnd(reason, true)
	b.mu.Lock()
	o := p.end.Ended(endpoint.FIN)
	b.mu.Unlock()
	if o.Symptom != "" {
		o.Want = "EOF (FIN)"
		p.fail(reason, o)
	}
	return p.ReadUntilClosed(reason)
}

// ReadUntilClosed is [Peer.ReadAll] for endings in which timing decides between
// FIN and RST. After a RST, bytes that had arrived may be missing.
func (p *Peer) ReadUntilClosed(reason string) string {
	p.bench.t.Helper()
	p.awaitEnd(reason, true)
	p.bench.mu.Lock()
	n := len(p.end.Inbox())
	p.bench.mu.Unlock()
	all := p.end.Take(n)
	p.takeFiles(reason, 0)
	return all
}

// line waits for a line and takes it. If none comes it ends the script with
// what why, called with Bench.mu held, says.
func (p *Peer) line(reason string, why func() failure.Outcome) string {
	p.bench.t.Helper()
	n, searched := 0, 0
	p.await(reason, func() bool {
		inbox := p.end.Inbox()
		if i := bytes.IndexByte(inbox[searched:], '\n'); i >= 0 {
			n = searched + i + 1
		}
		searched = len(inbox)
		return n > 0 || p.end.State() != endpoint.Open
	}, why)
	if n > 0 {
		return p.end.Take(n)
	}
	p.failFor(reason, why)
	return ""
}

// ExpectEOF waits until the subject ends its stream with FIN, and checks that
// no byte comes before.
func (p *Peer) ExpectEOF(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "EOF (FIN) and no more bytes", endpoint.FIN)
}

// ExpectReset waits until the subject resets the conn, and checks that no
// byte comes before.
func (p *Peer) ExpectReset(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "a reset (RST) and no more bytes", endpoint.RST)
}

// ExpectClosed waits until the subject has ended the conn in any way, FIN or
// RST, and checks that no byte comes before. It is for endings in which
// timing decides between the two.
func (p *Peer) ExpectClosed(reason string) {
	p.bench.t.Helper()
	p.expectEnd(reason, "the conn ends (FIN or RST) and no more bytes come", endpoint.FIN, endpoint.RST, endpoint.Broken)
}

func (p *Peer) expectEnd(reason, want string, ends ...endpoint.State) {
	p.bench.t.Helper()
	p.awaitEnd(reason, false)
	p.expectOnly(reason, want, ends...)
}

// expectOnly checks that no byte is there and that the subject's direction is
// in one of the states.
func (p *Peer) expectOnly(reason, want string, fine ...endpoint.State) {
	p.bench.t.Helper()
	if o := p.end.Only(fine...); o.Symptom != "" {
		o.Want = want
		p.fail(reason, o)
	}
}

// awaitEnd waits until the subject's direction has ended or, unless all is set,
// a byte is there.
func (p *Peer) awaitEnd(reason string, all bool) {
	p.bench.t.Helper()
	p.await(reason, func() bool { return p.end.State() != endpoint.Open || !all && len(p.end.Inbox()) > 0 }, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.StaysOpen, Got: "the conn is still open: your code has sent neither FIN nor RST", Want: "the conn ends"}
	})
}

// ExpectQuiet checks that the subject has sent nothing more and has not
// ended its direction. It looks when nothing can happen unless time passes, and so
// needs [Virtual]. Elsewhere silence is proven by asking something whose answer
// must come next.
func (p *Peer) ExpectQuiet(reason string) {
	b := p.bench
	b.t.Helper()
	b.onlyVirtual("ExpectQuiet")
	b.Settle()
	p.expectOnly(reason, "nothing yet, and the conn stays open", endpoint.Open)
}

// ExpectStall checks that the subject takes no more of what the peer sends,
// and has taken at most max bytes of it: what a server must do whose own
// answers nobody reads. It needs [Virtual].
func (p *Peer) ExpectStall(reason string, max int) {
	p.bench.t.Helper()
	p.bench.onlyVirtual("ExpectStall")
	p.bench.Settle()
	if sent := p.Sent(); sent > max {
		p.fail(reason, failure.Outcome{
			Symptom: failure.Growth,
			Got:     fmt.Sprintf("your code took %d bytes while nobody read its replies", sent),
			Want:    fmt.Sprintf("at most %d bytes are taken until the peer reads", max),
		})
	}
}

// ExpectStuck sends the bytes and expects that the subject stops taking them
// before the last: the peer has stopped reading what comes back. It gives up
// once the network has taken none for as long as a step waits, and returns how
// many it took. On a machine that is far too busy that may be too early, never
// too late. The peer has no layer.
func (p *Peer) ExpectStuck(reason, data string) (taken int) {
	p.bench.t.Helper()
	p.awaitSent()
	if taken = p.end.SendUntilStuck(data, p.bench.run.Limit()); taken == len(data) {
		got := fmt.Sprintf("all %d bytes were taken while nobody read the replies", taken)
		p.fail(reason, failure.Outcome{Symptom: failure.Growth, Got: got, Want: "no more are taken until the peer reads"})
	}
	return taken
}
