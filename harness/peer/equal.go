package peer

import (
	"fmt"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// Equal checks a result of the subject. Strings and byte slices are compared
// as bytes, and the first that differs is shown; everything else must be
// comparable with ==.
func (b *Bench) Equal(reason string, want, got any) {
	b.t.Helper()
	w, isBytes := endpoint.AsBytes(want)
	g, _ := endpoint.AsBytes(got)
	switch {
	case isBytes && w != g:
		b.run.Fail(nil, reason, endpoint.Differ(w, g))
	case !isBytes && want != got:
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Got: fmt.Sprint(got), Want: fmt.Sprint(want)})
	}
}

// Until waits until ok holds, by looking again and again: at first every
// millisecond, later less often, so that in [Virtual] more time may have passed
// than was needed. The reason says what has to become true. A failure says how
// many goroutines the subject has, and what each of instead returns.
func (b *Bench) Until(reason string, ok func() bool, instead ...func() string) {
	b.t.Helper()
	b.notAt("it waits for something that only the server's own process can see")
	b.run.Poll(nil, reason, ok, func() failure.Outcome {
		got := fmt.Sprintf("it has not happened; goroutines in your code: %d", b.Goroutines())
		for _, seen := range instead {
			got += "; " + seen()
		}
		return failure.Outcome{Symptom: failure.NeverHappened, Got: got, Want: reason}
	})
}

// AtRest reports whether every goroutine of the subject, the bench and the script
// waits, except the calling one. One that is busy-looping never does.
func (b *Bench) AtRest() bool { return b.subject.AtRest() }

// Goroutines returns how many goroutines are in the subject's code or were
// started by it, of those that this script brought about.
func (b *Bench) Goroutines() int {
	b.t.Helper()
	b.notAt("it counts goroutines, which works only in a process that the bench started")
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subject.Goroutines())
}

// States returns what each of those goroutines is doing, except the calling one.
// It may be called from any goroutine, and sees none in another process.
func (b *Bench) States() []subject.State { return b.subject.States() }
