package record

import (
	"cmp"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"socketkata/harness/traceback"
)

// A Recorder collects the record of one script. It only looks: no verdict
// depends on it. It is off, and costs next to nothing, unless [Dir] is set. Its
// methods may be called concurrently.
type Recorder struct {
	dir      string // "" when it is off
	pkg      string // import path of the subject
	count    func(buf []byte) (goroutines int, used []byte)
	segments atomic.Int64 // Reads that took something

	mu      sync.Mutex // guards what is below
	kept    Record
	mallocs uint64 // of the process, when the script began
	crowd   int    // goroutines of the process at the last count
	counts  int
	dump    []byte // room for their stacks, so that counting allocates next to nothing
	over    bool   // the script has ended
}

// NewRecorder begins the record of a script, if [Dir] is set. count counts the
// goroutines of the subject, which is the package pkg; it is nil if they are in
// another process.
func NewRecorder(begun Record, pkg string, count func(buf []byte) (int, []byte)) *Recorder {
	r := &Recorder{dir: os.Getenv(Dir), pkg: pkg, count: count, kept: begun}
	if r.dir != "" {
		r.dump = make([]byte, 1<<18)
		r.mallocs = mallocs()
	}
	return r
}

// mallocs returns how many objects the process has allocated so far.
func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// Read counts a Read that took something from the subject.
func (r *Recorder) Read() { r.segments.Add(1) }

// Step counts the subject's goroutines when a step of the script ends. Each
// look takes some microseconds a goroutine. So at a crowd, and in a script of
// very many steps, it looks only when there are more than before.
func (r *Recorder) Step() {
	const few, often = 32, 100
	if r.dir == "" || r.count == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := runtime.NumGoroutine(); !r.over && (n <= few && r.counts < often || n > r.crowd+r.crowd/8) {
		r.look()
	}
}

func (r *Recorder) look() {
	r.crowd = runtime.NumGoroutine()
	r.counts++
	var n int
	n, r.dump = r.count(r.dump)
	r.kept.Figures.Goroutines = max(r.kept.Figures.Goroutines, n)
}

// End takes the figures and the conversation when the script ends, however it
// does: what follows is the bench's own teardown. fill adds the conns, their
// figures and the events.
func (r *Recorder) End(fill func(*Record)) {
	if r.dir == "" {
		return
	}
	spent := mallocs()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	r.over = true
	if r.count != nil { // nothing is seen of another process
		r.kept.Figures.Allocations = int64(spent - r.mallocs)
		r.look()
	}
	fill(&r.kept)
	r.kept.Figures.Segments = int(r.segments.Load())
	r.kept.Figures.Conns = len(r.kept.Conns)
}

// A Sighting is a goroutine of the subject at the first failure.
type Sighting struct {
	Goroutine traceback.Goroutine
	Where     string // "blocked in Read at echo.go:21"
	For       time.Duration
	Call      string // of the script, that it runs; "" if the subject started it
}

// Saw notes where the subject's goroutines are. Only the first call counts.
func (r *Recorder) Saw(all []Sighting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dir == "" || r.kept.Goroutines != nil {
		return
	}
	for _, s := range all {
		g := Goroutine{State: s.Goroutine.State, Stands: s.Where, For: s.For, Call: s.Call}
		if s.Call == "" {
			g.Started = s.Goroutine.Started(r.pkg)
		}
		g.Where, g.Frames = frames(s.Goroutine.Frames, r.pkg)
		r.kept.Goroutines = append(r.kept.Goroutines, g)
	}
	slices.SortFunc(r.kept.Goroutines, func(a, b Goroutine) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Call, b.Call), cmp.Compare(a.Where, b.Where))
	})
}

// Set changes the record itself: how the script has ended.
func (r *Recorder) Set(change func(*Record)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.kept)
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

// Save writes the record, if it is asked for.
func (r *Recorder) Save() error {
	if r.dir == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept.Write(r.dir)
}
