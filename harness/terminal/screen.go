// Package terminal is what kata writes to and reads keys from: text that cannot
// control a terminal, colour if it is wanted, paths as they are typed in the
// working folder, single keys, and how a command ends.
package terminal

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"socketkata/harness/failure"
)

// A Screen is where a command writes its results and its warnings.
type Screen struct {
	Out, Err io.Writer
	Color    bool
	Keys     bool // single keys are read: name the key, not the command

	warned bool // see WarnOnce
}

// Color reports whether w is a terminal that may show colour. See
// https://no-color.org.
func Color(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	if runtime.GOOS == "windows" && os.Getenv("WT_SESSION") == "" && os.Getenv("TERM") == "" {
		return false // the old console prints escape sequences as they are
	}
	return term.IsTerminal(int(f.Fd()))
}

// The colours of [Screen.Paint].
const (
	Red   = "\x1b[31m"
	Green = "\x1b[32m"
	Dim   = "\x1b[2m"
	Bold  = "\x1b[1m"

	plain = "\x1b[0m"
)

// Paint colours text if this screen does.
func (s *Screen) Paint(color, text string) string {
	if !s.Color {
		return text
	}
	return color + text + plain
}

// Printf writes a result.
func (s *Screen) Printf(format string, args ...any) { fmt.Fprintf(s.Out, format, args...) }

// Warn writes one line beside the results.
func (s *Screen) Warn(format string, args ...any) {
	fmt.Fprintln(s.Err, "kata: "+Visible(fmt.Sprintf(format, args...)))
}

// WarnOnce is Warn for a problem that every later look finds again.
func (s *Screen) WarnOnce(format string, args ...any) {
	if !s.warned {
		s.Warn(format, args...)
	}
	s.warned = true
}

// Visible escapes what could control a terminal or reverse the reading order.
// Line ends and tabs stay.
func Visible(text string) string {
	parts := strings.Split(text, "\t")
	for i, part := range parts {
		parts[i] = failure.Visible(part)
	}
	return strings.Join(parts, "\t")
}
