package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// Quote quotes bytes of a stream, as many as a failure shows.
func Quote(data []byte) string { return wire.Quote(data, 48) }

// Missed says what came instead of the bytes that were due. The lock is held.
func (p *Stream) Missed(want string) failure.Outcome {
	got := p.inbox[:min(len(p.inbox), len(want))]
	var o failure.Outcome
	o.Want, o.Got, o.Mark = wire.Compare([]byte(want), got)
	switch {
	case !bytes.HasPrefix([]byte(want), got):
		o.Symptom = failure.WrongBytes
	case len(got) > 0:
		o.Symptom = failure.MissingTail
		o.Mark = fmt.Sprintf("got the first %d of %d bytes, then %s", len(got), len(want), p.after())
	case p.state == FIN:
		o.Symptom, o.Got, o.Mark = failure.EarlyEOF, "EOF (FIN) before the first byte", ""
	case p.state == RST:
		o.Symptom, o.Got, o.Mark = failure.Reset, "the conn was reset (RST) before the first byte", ""
	case p.state == Broken:
		o.Symptom, o.Got, o.Mark = p.brokenAs(), p.broke()+" before the first byte", ""
	default:
		o.Symptom, o.Got, o.Mark = failure.Silence, "silence: no byte came, and the conn is still open", ""
	}
	return o
}

// MissedLine says what came instead of a line, whatever is in it. The lock is
// held.
func (p *Stream) MissedLine() failure.Outcome {
	o := p.Missed(string(p.inbox) + "\n") // of some line that is the beginning
	o.Want = "a line"
	if len(p.inbox) > 0 {
		o.Got, o.Mark = Quote(p.inbox), "no newline, then "+p.after()
	}
	return o
}

// after says how the stream ended after the last byte.
func (p *Stream) after() string {
	switch p.state {
	case FIN:
		return "EOF (FIN)"
	case RST:
		return "a reset (RST)"
	case Broken:
		return p.broke()
	default:
		return "silence: the conn is still open"
	}
}

// broke says what the layer on the conn returned instead of bytes or EOF.
func (p *Stream) broke() string { return "the error " + strconv.Quote(p.why.Error()) }

// brokenAs returns the symptom that such an error is: the stream ended too
// early, or what came is not what the layer speaks.
func (p *Stream) brokenAs() failure.Symptom {
	if errors.Is(p.why, io.ErrUnexpectedEOF) {
		return failure.EarlyEOF
	}
	return failure.LayerError
}

// Only says what is wrong if no byte may be there and the subject's direction
// has to be in one of the states. Its Symptom is "" if nothing is. The lock is
// not held.
func (p *Stream) Only(fine ...State) (o failure.Outcome) {
	p.lock()
	defer p.unlock()
	if len(p.inbox) > 0 {
		return failure.Outcome{Symptom: failure.ExtraBytes, Got: Quote(p.inbox)}
	}
	return p.Ended(fine...)
}

// Ended is [Stream.Only] with bytes allowed. The lock is held.
func (p *Stream) Ended(fine ...State) (o failure.Outcome) {
	switch {
	case slices.Contains(fine, p.state):
	case p.state == Broken:
		o.Symptom, o.Got = p.brokenAs(), p.broke()
	case p.state == RST:
		o.Symptom, o.Got = failure.Reset, "the conn was reset (RST)"
	default:
		o.Symptom, o.Got = failure.EarlyEOF, "EOF (FIN)"
	}
	return o
}

// AsBytes returns what a string or a byte slice holds, and whether v is one.
func AsBytes(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

// Differ says where two byte strings part.
func Differ(want, got string) failure.Outcome {
	o := failure.Outcome{Symptom: failure.WrongBytes}
	o.Want, o.Got, o.Mark = wire.Compare([]byte(want), []byte(got))
	switch {
	case strings.HasPrefix(want, got):
		o.Symptom = failure.MissingTail
	case strings.HasPrefix(got, want):
		o.Symptom = failure.ExtraBytes
	}
	return o
}

// Unreachable says that nobody receives datagrams at the server's address.
func Unreachable(err error) failure.Outcome {
	return failure.Outcome{Symptom: failure.Refused, Got: "port unreachable (" + err.Error() + ")", Want: "the server is running"}
}
