package peer

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/traceback"
	"socketkata/harness/wire"
)

// An outcome is what a step saw instead of what it asked for.
type outcome struct {
	symptom         failure.Symptom
	got, want, mark string
	peer            *Peer  // whose conn it is about, if any
	watch           *watch // the wait that was in vain, if any
}

const (
	wireRows   = 12 // events of the conversation a failure shows
	codeRows   = 4  // sentences about where the learner's code stands
	crowdLimit = 3  // with more peers than this only the failing one is drawn
)

// fail ends the script. Only the first failure of a script is told.
func (b *Bench) fail(reason string, o outcome) {
	b.t.Helper()
	f := b.head
	f.Reason, f.Symptom, f.Got, f.Want, f.Mark = reason, o.symptom, o.got, o.want, o.mark
	if o.watch == nil {
		o.watch = b.glance()
	}
	b.mu.Lock()
	f.Code = o.watch.code()
	b.override(&f, o.watch)
	b.mu.Unlock()
	f.Wire = b.drawing(o.peer, wireRows)
	b.report(f)
	b.t.FailNow()
}

// glance looks once where the subject stands.
func (b *Bench) glance() *watch {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &watch{bench: b, seen: make(map[uint64]*sighting), moved: time.Now()}
	w.sample(w.moved)
	return w
}

// override puts the root of the trouble first: whatever a step missed, it
// follows from a panic, a spin or a stub. Bench.mu is held.
func (b *Bench) override(f *failure.Failure, w *watch) {
	b.record.stand(w)
	said := b.notWritten()
	if said == "" && strings.Contains(f.Got, stubSays) {
		said = f.Got
	}
	switch c := b.broken(); {
	case b.out.gone():
		b.died(f)
	case said != "":
		f.Symptom, f.Stub = failure.NotWritten, said
	case c != nil && c.panics != nil:
		f.Symptom = failure.Panic
		f.Got = fmt.Sprintf("panic: %v", c.panics.value)
		did := "panicked"
		if exits(c.panics.value) {
			f.Symptom, f.Got, did = failure.Exit, "os.Exit(0), which ends the whole program and all its conns", "called os.Exit"
		}
		f.Code = []string{c.name + " " + did + placeIn(c.panics.stack, b.pkg)}
	case b.spin != nil:
		f.Symptom = failure.Spin
		f.Got = fmt.Sprintf("%s was called %d times in a row after a permanent error", b.spin.verb, b.spin.calls)
		f.Code = []string{b.spin.place}
	case w.spins() != nil:
		f.Symptom, b.spinner = failure.Spin, w.spins().goroutine.ID
		f.Code = []string{fmt.Sprintf("a goroutine is busy-looping: seen %d times, last %s",
			w.spins().ran, w.spins().where)}
	}
}

// spins returns a goroutine of the subject that never waited for anything
// since bytes last crossed.
func (w *watch) spins() *sighting {
	const enough = 4 // of the about ten samples of a step that waits in vain
	for _, s := range w.seen {
		if s.ran >= enough && s.waited == 0 {
			return s
		}
	}
	return nil
}

// code says where the learner's code stands. Bench.mu is held.
func (w *watch) code() []string {
	var returned []string
	for _, c := range w.bench.calls {
		if c.done {
			returned = append(returned, c.sentence())
		}
	}
	standing := w.cut(w.standing())
	// Where code stands now tells more than what returned long ago.
	if n := min(len(returned)+len(standing)-codeRows, len(returned)); n > 0 {
		returned = append([]string{fmt.Sprintf("(%s returned)", wire.Count(n, "earlier call"))}, returned[n:]...)
	}
	return append(returned, standing...)
}

// standing groups the subject's goroutines by where they stand: its calls
// first, then the goroutines it started.
func (w *watch) standing() []string {
	var order []string
	count, oldest := make(map[string]int), make(map[string]time.Duration)
	for id, s := range w.seen {
		line := w.bench.nameOf(id) + " is " + s.where
		if count[line]++; count[line] == 1 {
			order = append(order, line)
		}
		oldest[line] = max(oldest[line], time.Since(s.since))
	}
	slices.SortFunc(order, func(a, b string) int {
		started := func(line string) bool { return strings.HasPrefix(line, unnamed) }
		if started(a) != started(b) {
			return map[bool]int{true: 1, false: -1}[started(a)]
		}
		return strings.Compare(a, b)
	})
	for i, line := range order {
		if n := count[line]; n > 1 {
			order[i] = strings.Replace(line, unnamed+" is", fmt.Sprintf("%d goroutines are", n), 1)
		}
		if d := oldest[line].Round(sampleEvery); d > 0 && !still() && w.bench.arena != Virtual {
			order[i] += fmt.Sprintf(" for %v", d)
		}
	}
	return order
}

// nameOf names the goroutine after the call it runs, if any. Bench.mu is held.
func (b *Bench) nameOf(goroutine uint64) string {
	if name := b.remoteCalls[goroutine]; name != "" {
		return name
	}
	for _, c := range b.calls {
		if c.goroutine == goroutine {
			return c.name
		}
	}
	return unnamed
}

// unnamed stands for a goroutine that the subject started.
const unnamed = "a goroutine"

func (w *watch) cut(lines []string) []string {
	if n := len(lines) - codeRows; n > 0 {
		return append(lines[:codeRows:codeRows], fmt.Sprintf("(and %d more)", n))
	}
	return lines
}

// exits reports whether a panic is what package testing makes of os.Exit(0).
func exits(value any) bool {
	return strings.HasPrefix(fmt.Sprint(value), "unexpected call to os.Exit(0)")
}

// placeIn returns " at echo.go:21", the innermost place in the subject's code.
func placeIn(stack string, pkg string) string {
	for _, f := range traceback.Frames(stack) {
		if f.In(pkg) {
			return " at " + f.Place()
		}
	}
	return ""
}

// drawing draws the conversation: of all peers, or where there are many only
// of the one that p is.
func (b *Bench) drawing(p *Peer, rows int) []string {
	b.mu.Lock()
	peers := b.peers
	b.mu.Unlock()
	if p == nil && len(peers) > 0 {
		p = peers[len(peers)-1]
	}
	if p == nil {
		return nil
	}
	events := b.wire.Events()
	if len(peers) > crowdLimit && rows > 0 {
		events = slices.DeleteFunc(events, func(e wire.Event) bool { return e.Conn != p.name })
	}
	if rows > 0 {
		events = wire.Last(events, rows)
	}
	return wire.Draw(events, p.labels)
}

// report tells a failure: to the judge, if there is one, or as text to whoever
// reads the output of go test.
func (b *Bench) report(f failure.Failure) {
	b.t.Helper()
	if b.failed {
		b.t.Fail()
		return
	}
	b.failed = true
	if b.seeded {
		test, _, _ := strings.Cut(b.t.Name(), "/")
		f.Repeat = fmt.Sprintf("KATA_SEED=%d go test -run '^%s$' ./%s", b.seed, test, path.Dir(f.File))
	}
	f.Artifact = b.saveWire()
	b.record.kept.Failure = &f
	if !tellFailure(b.t, f) {
		fmt.Fprintf(b.t.Output(), "%s:\n%s\n", scriptLine(), text(f))
	}
	b.t.Fail()
}

// scriptLine returns the line of the script that is being played, as
// "echo_test.go:21": the innermost that is in a Test function, not in a helper.
func scriptLine() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, ".Test") && strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		if !more {
			return "the end of the script"
		}
	}
}

// text is how a failure looks in the output of go test.
func text(f failure.Failure) string {
	number, _, _ := strings.Cut(path.Base(path.Dir(f.File)), "-")
	return f.Text(failure.Options{
		Contract: path.Dir(f.File) + "/README.md " + f.Requirement,
		Hint:     "make hint EX=" + number,
	})
}

// saveWire writes the whole conversation to the test's artifacts and returns
// the file, if go test keeps them (-artifacts).
func (b *Bench) saveWire() string {
	if keep := flag.Lookup("test.artifacts"); keep == nil || keep.Value.String() != "true" {
		return ""
	}
	drawing := strings.Join(b.drawing(nil, 0), "\n") + "\n"
	file := filepath.Join(b.t.ArtifactDir(), "wire.txt")
	if err := os.WriteFile(file, []byte(drawing), 0o644); err != nil {
		b.t.Logf("harness: save the conversation: %v", err)
		return ""
	}
	return file
}
