package peer

import (
	"fmt"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// Equal checks a result of the subject. Strings and byte slices are compared
// as bytes, and the first that differs is shown; everything else must be
// comparable with ==.
func (b *Bench) Equal(reason string, want, got any) {
	b.t.Helper()
	w, isBytes := asBytes(want)
	g, _ := asBytes(got)
	if !isBytes {
		if want != got {
			b.fail(reason, outcome{symptom: failure.WrongValue, got: fmt.Sprint(got), want: fmt.Sprint(want)})
		}
		return
	}
	if w != g {
		b.fail(reason, differ(w, g))
	}
}

// differ says where two byte strings part.
func differ(want, got string) outcome {
	o := outcome{symptom: failure.WrongBytes}
	o.want, o.got, o.mark = wire.Compare([]byte(want), []byte(got))
	switch {
	case strings.HasPrefix(want, got):
		o.symptom = failure.MissingTail
	case strings.HasPrefix(got, want):
		o.symptom = failure.ExtraBytes
	}
	return o
}

func asBytes(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	default:
		return "", false
	}
}

// Until waits until ok holds, by looking again and again: at first every
// millisecond, later less often, so that in [Virtual] more time may have passed
// than was needed. The reason says what has to become true.
func (b *Bench) Until(reason string, ok func() bool) {
	b.t.Helper()
	b.beyond("it waits for something that is seen in the server's own process only")
	b.awaitPolling(reason, ok, func() outcome {
		return outcome{symptom: failure.NeverHappened, got: "it did not happen", want: reason}
	})
}

// Skip ends the script: this machine lacks what it needs. The reason is the
// one line the learner sees.
func (b *Bench) Skip(reason string) {
	b.t.Helper()
	b.record.kept.Skipped = reason
	skip(b.t, reason)
}
