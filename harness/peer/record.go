package peer

import (
	"cmp"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"socketkata/harness/record"
	"socketkata/harness/traceback"
)

// A recorder collects what the script's record holds beside what the bench
// keeps anyway. It only looks: no verdict depends on it. It is off, and costs
// next to nothing, unless somebody asked for records.
type recorder struct {
	bench    *Bench
	dir      string       // "" when it is off
	segments atomic.Int64 // Reads of the bench that took something

	// Guarded by Bench.mu.
	kept    record.Record
	mallocs uint64 // of the process, when the script began
	crowd   int    // goroutines of the process at the last count
	counts  int
	dump    []byte // room for their stacks, so that counting allocates next to nothing
	over    bool   // the script has ended
}

// begin is called when the bench is ready.
func (r *recorder) begin(b *Bench) {
	if r.dir = os.Getenv(record.Dir); r.dir == "" {
		return
	}
	r.bench, r.dump = b, make([]byte, 1<<18)
	r.kept = record.Record{Requirement: b.head.Requirement, Sentence: b.head.Sentence, Arena: string(b.arena)}
	r.mallocs = mallocs()
}

// mallocs returns how many objects the process has allocated so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// step counts the subject's goroutines when a step of the script ends. Each
// look takes some microseconds a goroutine, so at a crowd, and in a script of
// very many steps, it looks only when there are more than before.
func (r *recorder) step() {
	const few, often = 32, 100
	if r.dir == "" || r.over || r.bench.out != nil {
		return
	}
	if n := runtime.NumGoroutine(); n <= few && r.counts < often || n > r.crowd+r.crowd/8 {
		r.bench.mu.Lock()
		defer r.bench.mu.Unlock()
		r.count()
	}
}

// count notes how many goroutines the subject has. Bench.mu is held.
func (r *recorder) count() {
	r.crowd = runtime.NumGoroutine()
	r.counts++
	r.dump = traceback.Dump(r.dump)
	r.kept.Figures.Goroutines = max(r.kept.Figures.Goroutines, traceback.Count(r.dump, r.bench.pkg, r.bench.before))
}

// end takes the figures and the conversation when the script ends, however it
// does: what comes after it is the bench's own farewell.
func (r *recorder) end() {
	if r.dir == "" || r.over {
		return
	}
	spent := mallocs() - r.mallocs
	b := r.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	r.over = true
	if b.out != nil {
		spent = 0 // what is in another process is not seen
	} else {
		r.count()
	}
	r.kept.Events = b.wire.Events()
	f := &r.kept.Figures
	f.Allocations, f.Segments, f.Conns = int64(spent), int(r.segments.Load()), len(b.peers)
	for _, p := range b.peers {
		f.ToSubject += p.sent
		f.FromSubject += p.received
		r.kept.Conns = append(r.kept.Conns, record.Conn{Name: p.name, Harness: p.name, Subject: p.labels.Subject})
	}
}

// stand notes where the subject's goroutines stand at the first failure: the
// calls of the script first, then what they started. Bench.mu is held.
func (r *recorder) stand(w *watch) {
	if r.dir == "" || r.kept.Goroutines != nil {
		return
	}
	for id, s := range w.seen {
		g := record.Goroutine{State: s.goroutine.State, Stands: s.where, For: time.Since(s.since)}
		if g.Call = r.bench.nameOf(id); g.Call == unnamed {
			g.Call, g.Started = "", s.goroutine.Started(r.bench.pkg)
		}
		g.Where, g.Frames = frames(s.goroutine.Frames, r.bench.pkg)
		r.kept.Goroutines = append(r.kept.Goroutines, g)
	}
	slices.SortFunc(r.kept.Goroutines, func(a, b record.Goroutine) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Call, b.Call), cmp.Compare(a.Where, b.Where))
	})
}

// frames returns the innermost line of the package and the stack as the
// learner knows it: without the harness, and without what the harness calls.
func frames(stack []traceback.Frame, pkg string) (where string, lines []string) {
	for _, f := range stack {
		name, own := strings.CutPrefix(f.Func, pkg+".")
		switch {
		case own && where == "":
			where = name + " at " + f.Place()
		case own:
		case !strings.HasPrefix(name, "socketkata/harness/"):
			name = path.Base(name)
		default:
			if where == "" {
				lines = nil // the inside of the in-memory network
			}
			continue
		}
		lines = append(lines, name+" "+f.Place())
	}
	return where, lines
}

// write saves the record when the bench has done all its checks.
func (r *recorder) write() {
	if r.dir == "" {
		return
	}
	t := r.bench.t
	r.kept.Elapsed = r.bench.Elapsed()
	r.kept.Passed = r.kept.Passed && !t.Failed() && !t.Skipped()
	if err := r.kept.Write(r.dir); err != nil {
		t.Logf("harness: save the record: %v", err)
	}
}
