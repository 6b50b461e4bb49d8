package observe

import (
	"bytes"
	"encoding/json"
)

// An event is one line that go test -json prints. See go doc test2json.
type event struct {
	Action      string
	ImportPath  string // of a build event
	Test        string
	Output      string
	FailedBuild string
}

// An eventStream is the io.Writer that go test prints to. It calls handle for
// each event; a line that is no event goes to stray.
type eventStream struct {
	line   []byte // the unfinished last line
	handle func(event)
	stray  func(line []byte)
}

// maxLine is far above what test2json prints: it cuts output into pieces of a
// kilobyte, and only the value of an attr event is as long as the test line
// may be, 4 KiB.
const maxLine = 1 << 20

// Write takes any piece of the stream. It never fails, so that the process is
// never held up.
func (s *eventStream) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			if len(s.line)+len(p) <= maxLine {
				s.line = append(s.line, p...)
			}
			return n, nil
		}
		line := p[:i]
		if len(s.line) > 0 {
			s.line = append(s.line, line...)
			line = s.line
		}
		s.one(line)
		s.line, p = s.line[:0], p[i+1:]
	}
}

// Close takes the last line if it has no end.
func (s *eventStream) Close() {
	if len(s.line) > 0 {
		s.one(s.line)
		s.line = nil
	}
}

func (s *eventStream) one(line []byte) {
	var e event
	if len(line) == 0 {
		return
	}
	if line[0] != '{' || json.Unmarshal(line, &e) != nil || e.Action == "" {
		s.stray(line)
		return
	}
	s.handle(e)
}
