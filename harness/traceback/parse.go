package traceback

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

var (
	headLine = regexp.MustCompile(`^goroutine (\d+)(?: [^\[]*)? \[([^\]]*)\]:$`)
	fileLine = regexp.MustCompile(`^\s+(\S.*):(\d+)(?: \+0x[0-9a-f]+.*)?$`)
)

// Parse reads a traceback of any number of goroutines, as runtime.Stack gives
// it. Lines that belong to none are ignored.
func Parse(text string) []Goroutine {
	var all []Goroutine
	var r reader
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := headLine.FindStringSubmatch(line); m != nil {
			id, _ := strconv.ParseUint(m[1], 10, 64)
			state, more, _ := strings.Cut(m[2], ",")
			_, bubble, _ := strings.Cut(more, "synctest bubble ")
			state, durable := strings.CutSuffix(state, " (durable)") // inside a bubble
			state, _, _ = strings.Cut(state, " (")
			all = append(all, Goroutine{ID: id, State: state, Bubble: bubble, Durable: durable})
			r = reader{to: &all[len(all)-1]}
		} else if r.to != nil {
			r.line(line)
		}
	}
	return all
}

// Frames reads the stack of one goroutine, as runtime.Stack gives it.
func Frames(text string) []Frame {
	all := Parse(text)
	if len(all) == 0 {
		return nil
	}
	return all[0].Frames
}

// A reader reads the lines of one goroutine. A call takes two: the function,
// then the indented place.
type reader struct {
	to      *Goroutine
	call    Frame
	creator bool // call is the go statement
}

func (r *reader) line(line string) {
	m := fileLine.FindStringSubmatch(line)
	if m == nil {
		r.call, r.creator = function(strings.TrimSpace(line))
		return
	}
	if r.call.Func == "" {
		return
	}
	r.call.File = m[1]
	r.call.Line, _ = strconv.Atoi(m[2])
	if r.creator {
		r.to.CreatedBy = r.call
	} else {
		r.to.Frames = append(r.to.Frames, r.call)
	}
	r.call = Frame{}
}

// function reads a line that names a function, and reports whether it is the
// goroutine's creator.
func function(line string) (f Frame, creator bool) {
	if rest, ok := strings.CutPrefix(line, "created by "); ok {
		name, _, _ := strings.Cut(rest, " in goroutine ")
		return Frame{Func: name}, true
	}
	if i := strings.LastIndexByte(line, '('); i > 0 {
		line = line[:i]
	}
	return Frame{Func: line}, false
}

// Count counts the goroutines of a dump that run code of the package or were
// started by it, but for the given ones. It allocates next to nothing.
func Count(dump []byte, pkg string, but map[uint64]bool) int {
	runs, started := []byte("\n"+pkg+"."), []byte("\ncreated by "+pkg+".")
	own := 0
	for stack := range bytes.SplitSeq(dump, []byte("\n\n")) {
		if !but[idOf(stack)] && (bytes.Contains(stack, runs) || bytes.Contains(stack, started)) {
			own++
		}
	}
	return own
}

// Running returns the goroutines of a dump that are not waiting: see
// [Goroutine.Runs]. It reads no more than the first line of most of them.
func Running(dump []byte) (running []Goroutine) {
	for stack := range bytes.SplitSeq(dump, []byte("\n\n")) {
		head, _, _ := bytes.Cut(stack, []byte("\n"))
		if !bytes.Contains(head, []byte("[run")) && !bytes.Contains(head, []byte("[syscall")) {
			continue
		}
		for _, g := range Parse(string(stack)) {
			if g.Runs() {
				running = append(running, g)
			}
		}
	}
	return running
}

// idOf reads the number of the goroutine that the stack begins with.
func idOf(stack []byte) uint64 {
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(stack, []byte("goroutine ")), []byte(" "))
	id, _ := strconv.ParseUint(string(digits), 10, 64)
	return id
}
