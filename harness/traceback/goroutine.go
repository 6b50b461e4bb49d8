// Package traceback reads the stacks of goroutines as the Go runtime prints
// them: a dump of a running process, the report of a crash, a report of the
// race detector. It also says in words where a goroutine is.
//
// Questions about "the package" are about one import path: goroutines of the
// runtime, of package testing and of other packages are left out.
package traceback

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Frame is one call on a goroutine's stack.
type Frame struct {
	Func string // with its package path: "net.(*conn).Read"
	File string // as the compiler was told
	Line int
}

// Place returns the frame as "echo.go:21".
func (f Frame) Place() string { return path.Base(f.File) + ":" + strconv.Itoa(f.Line) }

// In reports whether the frame belongs to the package with that import path.
func (f Frame) In(pkg string) bool { return strings.HasPrefix(f.Func, pkg+".") }

// Name returns the function without its package, and a method without the
// pointer: "Serve", "Server.Serve.func1".
func (f Frame) Name() string {
	_, name, _ := strings.Cut(path.Base(f.Func), ".")
	if rest, ok := strings.CutPrefix(name, "(*"); ok {
		name = strings.Replace(rest, ")", "", 1)
	}
	return name
}

// A Goroutine is one goroutine at the moment of the traceback.
type Goroutine struct {
	ID        uint64
	State     string  // the runtime's word: "IO wait", "chan receive", "running"
	Bubble    string  // of testing/synctest: "3"; "" if it is in none
	Durable   bool    // only its own bubble can wake it
	Frames    []Frame // innermost first
	CreatedBy Frame   // the go statement; zero for the main goroutine
}

// Of returns the goroutines that run code of the package or were started by it.
func Of(all []Goroutine, pkg string) []Goroutine {
	var own []Goroutine
	for _, g := range all {
		if g.innermost(pkg) >= 0 || g.CreatedBy.In(pkg) {
			own = append(own, g)
		}
	}
	return own
}

// innermost returns the index of the innermost frame of the package, or -1.
func (g Goroutine) innermost(pkg string) int {
	return slices.IndexFunc(g.Frames, func(f Frame) bool { return f.In(pkg) })
}

// Innermost returns the innermost call of the package.
func (g Goroutine) Innermost(pkg string) (f Frame, ok bool) {
	i := g.innermost(pkg)
	if i < 0 {
		return Frame{}, false
	}
	return g.Frames[i], true
}

// Outermost returns the outermost call of the package, or the zero Frame.
func (g Goroutine) Outermost(pkg string) Frame {
	for _, f := range slices.Backward(g.Frames) {
		if f.In(pkg) {
			return f
		}
	}
	return Frame{}
}

// Started says where code of the package started the goroutine: "echo.go:43".
// For one started through a helper such as sync.WaitGroup.Go it gives the
// place in the started function.
func (g Goroutine) Started(pkg string) string {
	if g.CreatedBy.In(pkg) {
		return g.CreatedBy.Place()
	}
	for _, f := range slices.Backward(g.Frames) {
		if f.In(pkg) {
			return f.Place()
		}
	}
	return g.CreatedBy.Place()
}

// Runs reports whether the goroutine is not waiting. A system call made by
// package net counts as running, since its sockets never block.
func (g Goroutine) Runs() bool {
	switch g.State {
	case "running", "runnable":
		return true
	case "syscall":
		return slices.ContainsFunc(g.Frames, func(f Frame) bool { return f.In("internal/poll") })
	}
	return false
}

// Locks reports whether the goroutine waits for a mutex, which stops the clock of
// its bubble.
func (g Goroutine) Locks() bool {
	return strings.HasPrefix(g.State, "sync.") && strings.HasSuffix(g.State, "Lock")
}

// Where says where the goroutine is, as seen from the package: "blocked in Read
// at echo.go:21".
func (g Goroutine) Where(pkg string) string {
	i := g.innermost(pkg)
	if i < 0 {
		return "running " + g.outermost() + ", started at " + g.CreatedBy.Place()
	}
	at := " at " + g.Frames[i].Place()
	switch {
	case g.Runs():
		return "running" + at
	case i > 0 && g.Frames[i-1].In(pkg+"_test") && !exportedMethod(g.Frames[i-1]): // Write of a conn of the test's is a Write
		return "in the test's callback, called" + at
	case i > 0 && !g.Frames[i-1].In("runtime"):
		return "blocked in " + called(g.Frames[i-1]) + at
	default:
		return "blocked (" + g.State + ")" + at
	}
}

// outermost returns the function the goroutine was started with.
func (g Goroutine) outermost() string {
	if len(g.Frames) == 0 {
		return "a goroutine"
	}
	return called(g.Frames[len(g.Frames)-1])
}

// called returns the function as its caller writes it: a method by its name
// alone, a function with its package.
func called(f Frame) string {
	name := path.Base(f.Func)
	if i := strings.LastIndex(name, ")."); i >= 0 {
		return name[i+2:]
	}
	if exportedMethod(f) { // of a value
		return name[strings.LastIndex(name, ".")+1:]
	}
	return name
}

// exportedMethod reports whether the function is a method that other packages
// may call, such as those of a net.Conn.
func exportedMethod(f Frame) bool {
	_, method, ok := strings.Cut(f.Name(), ".")
	return ok && method != "" && unicode.IsUpper(rune(method[0])) && !strings.Contains(method, ".")
}
