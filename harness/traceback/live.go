package traceback

import "runtime"

// Goroutines returns the goroutines of this process. It stops all of them
// while it looks.
func Goroutines() []Goroutine { return Parse(string(Dump(nil))) }

// Dump returns the stacks of all goroutines of this process as text, in buf if
// they fit.
func Dump(buf []byte) []byte {
	buf = buf[:cap(buf)]
	for {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return buf[:n]
		}
		buf = make([]byte, max(2*len(buf), 1<<16))
	}
}

// Callers returns the calls on the stack of the calling goroutine, innermost
// first, from the caller of Callers on.
func Callers() (calls []Frame) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		calls = append(calls, Frame{Func: f.Function, File: f.File, Line: f.Line})
		if !more {
			return calls
		}
	}
}

// Current returns the ID of the calling goroutine.
func Current() uint64 {
	buf := make([]byte, 64)
	return idOf(buf[:runtime.Stack(buf, false)])
}
