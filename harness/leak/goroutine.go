// Package leak sees what a piece of code left behind: goroutines and file
// descriptors. It also tells where a goroutine stands right now, which is what
// a test needs to say when it waited in vain.
//
// It looks at one package's code only. Goroutines of the runtime, of the
// testing package and of other packages that merely run at the same time are
// never reported.
package leak

import (
	"bufio"
	"bytes"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// A Frame is one line of a goroutine's stack.
type Frame struct {
	Func string // with its package path: "net.(*conn).Read"
	File string // as the compiler was told
	Line int
}

// Place returns the frame as "echo.go:21".
func (f Frame) Place() string { return path.Base(f.File) + ":" + strconv.Itoa(f.Line) }

// in reports whether the frame belongs to the package with that import path.
// A function's name is its package path, a dot and the rest.
func (f Frame) in(pkg string) bool { return strings.HasPrefix(f.Func, pkg+".") }

// name returns the function without the path of its package's folder:
// "net.(*conn).Read" stays, "a/b/echo.Serve" becomes "echo.Serve".
func (f Frame) name() string { return path.Base(f.Func) }

// A Goroutine is one goroutine at the moment of the snapshot.
type Goroutine struct {
	ID        uint64
	State     string  // the runtime's word: "IO wait", "chan receive", "running"
	Frames    []Frame // innermost first
	CreatedBy Frame   // the go statement; zero for the main goroutine
}

// Goroutines returns a snapshot of all goroutines of the process. It stops
// the world for the time it takes.
func Goroutines() []Goroutine { return Parse(Dump()) }

// Dump returns the snapshot as text.
func Dump() []byte {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return buf[:n]
		}
		buf = make([]byte, 2*len(buf))
	}
}

// Of returns the goroutines that run code of the package with that import
// path, or that were started by it.
func Of(all []Goroutine, pkg string) []Goroutine {
	var own []Goroutine
	for _, g := range all {
		if _, ok := g.innermost(pkg); ok || g.CreatedBy.in(pkg) {
			own = append(own, g)
		}
	}
	return own
}

// innermost returns the index of the innermost frame of the package.
func (g Goroutine) innermost(pkg string) (int, bool) {
	for i, f := range g.Frames {
		if f.in(pkg) {
			return i, true
		}
	}
	return 0, false
}

// Started says where code of the package with that import path started the
// goroutine: "echo.go:43". Through a helper such as sync.WaitGroup.Go, it is
// where the started function stands.
func (g Goroutine) Started(pkg string) string {
	if g.CreatedBy.in(pkg) {
		return g.CreatedBy.Place()
	}
	for _, f := range slices.Backward(g.Frames) {
		if f.in(pkg) {
			return f.Place()
		}
	}
	return g.CreatedBy.Place()
}

// Runs reports whether the goroutine is not waiting for anything. A system
// call made by package net counts as running, since its sockets never block.
func (g Goroutine) Runs() bool {
	switch g.State {
	case "running", "runnable":
		return true
	case "syscall":
		return slices.ContainsFunc(g.Frames, func(f Frame) bool { return f.in("internal/poll") })
	}
	return false
}

// Where says where the goroutine stands, seen from the package with that
// import path: "blocked in Read at echo.go:21".
func (g Goroutine) Where(pkg string) string {
	i, ok := g.innermost(pkg)
	if !ok {
		return "running " + g.outermost() + ", started at " + g.CreatedBy.Place()
	}
	at := " at " + g.Frames[i].Place()
	switch {
	case g.Runs():
		return "running" + at
	case i > 0 && g.Frames[i-1].in(pkg+"_test"):
		return "in a function of the test, called" + at
	case i > 0 && !strings.HasPrefix(g.Frames[i-1].Func, "runtime."):
		return "blocked in " + short(g.Frames[i-1].name()) + at
	default:
		return "blocked (" + g.State + ")" + at
	}
}

// outermost returns the function the goroutine was started with.
func (g Goroutine) outermost() string {
	if len(g.Frames) == 0 {
		return "a goroutine"
	}
	return short(g.Frames[len(g.Frames)-1].name())
}

// short turns the name of a callee into what the caller wrote: a method is
// called by its name alone, a function with its package.
func short(name string) string {
	if i := strings.LastIndex(name, ")."); i >= 0 {
		return name[i+2:]
	}
	return name
}

var (
	headLine = regexp.MustCompile(`^goroutine (\d+)(?: [^\[]*)? \[([^\]]*)\]:$`)
	fileLine = regexp.MustCompile(`^\t(.*):(\d+)(?: \+0x[0-9a-f]+)?$`)
)

// Parse reads the format of runtime.Stack, which is that of a panic's
// traceback.
func Parse(dump []byte) []Goroutine {
	var (
		all     []Goroutine
		current *Goroutine
		pending Frame
		creator bool
	)
	lines := bufio.NewScanner(bytes.NewReader(dump))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := headLine.FindStringSubmatch(line); m != nil {
			id, _ := strconv.ParseUint(m[1], 10, 64)
			state, _, _ := strings.Cut(m[2], ",")
			state, _, _ = strings.Cut(state, " (") // "select (durable)" inside a bubble
			all = append(all, Goroutine{ID: id, State: state})
			current = &all[len(all)-1]
			continue
		}
		if current == nil || line == "" {
			continue
		}
		if m := fileLine.FindStringSubmatch(line); m != nil {
			pending.File = m[1]
			pending.Line, _ = strconv.Atoi(m[2])
			if creator {
				current.CreatedBy = pending
			} else {
				current.Frames = append(current.Frames, pending)
			}
			continue
		}
		pending, creator = function(line)
	}
	return all
}

// function reads a line that names a function. The second result tells
// whether it is the goroutine's creator.
func function(line string) (Frame, bool) {
	if rest, ok := strings.CutPrefix(line, "created by "); ok {
		name, _, _ := strings.Cut(rest, " in goroutine ")
		return Frame{Func: name}, true
	}
	if i := strings.LastIndexByte(line, '('); i > 0 {
		line = line[:i]
	}
	return Frame{Func: line}, false
}

// Current returns the ID of the calling goroutine, as tracebacks show it.
func Current() uint64 {
	buf := make([]byte, 64)
	digits, _, _ := strings.Cut(strings.TrimPrefix(string(buf[:runtime.Stack(buf, false)]), "goroutine "), " ")
	id, _ := strconv.ParseUint(digits, 10, 64)
	return id
}

// Frames reads the stack of one goroutine, as runtime.Stack gives it.
func Frames(stack []byte) []Frame {
	all := Parse(stack)
	if len(all) == 0 {
		return nil
	}
	return all[0].Frames
}
