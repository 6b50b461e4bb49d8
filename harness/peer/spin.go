package peer

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// A spin is a goroutine of the subject that called again and again what had
// failed for good, until the bench ended it.
type spin struct {
	verb  string
	calls int
	place string
}

// sawSpin is called in the goroutine that spins.
func (b *Bench) sawSpin(verb string, calls int) {
	s := &spin{verb: verb, calls: calls, place: verb + " is called round and round"}
	if at := b.caller(); at != "" {
		s.place += " at " + at
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spin == nil {
		b.spin = s
	}
	b.cond.Broadcast()
}

// caller returns the innermost line of the subject's code that the calling
// goroutine is in, as "echo.go:21", or "".
func (b *Bench) caller() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, b.pkg+".") {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}
