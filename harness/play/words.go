package play

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socketkata/harness/judge"
	"socketkata/harness/play/stage"
	"socketkata/harness/source"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// welcome says what is played and how to talk to it, and begins the picture.
func (s *show) welcome() {
	port := s.port()
	var text strings.Builder
	if s.ready.Asks {
		fmt.Fprintf(&text, "%s\n\n", s.Heading(s.e.Label(), fmt.Sprintf("type a line to call %s with it; Ctrl-D ends the play", s.labels().Subject)))
		fmt.Fprintf(&text, "The test bench runs the server, at 127.0.0.1:%d.\n", port)
	} else if s.ready.Packet {
		fmt.Fprintf(&text, "%s\n\n", s.Heading(s.e.Label(), fmt.Sprintf("%s receives UDP at 127.0.0.1:%d; Ctrl-C stops it", s.labels().Subject, port)))
		text.WriteString("Send it datagrams from another terminal:\n")
	} else {
		fmt.Fprintf(&text, "%s\n\n", s.Heading(s.e.Label(), fmt.Sprintf("%s listens on 127.0.0.1:%d; Ctrl-C stops it", s.labels().Subject, port)))
		text.WriteString("Connect to it from another terminal:\n")
	}
	hints := s.ready.Lines
	if len(hints) == 0 && !s.ready.Asks {
		hints = []string{"nc 127.0.0.1 %PORT"}
	}
	for _, hint := range hints {
		fmt.Fprintf(&text, "\n    %s", terminal.Visible(stage.Command(hint, port)))
	}
	if len(hints) > 0 {
		text.WriteString("\n")
	}
	fmt.Fprintf(&text, "\n%s\n", wire.Ladder{Labels: s.labels()}.Header())
	s.Printf("%s", text.String())
	go s.draw()
}

// who is the function that a message is about.
func (s *show) who(m stage.Message) string {
	if m.Name != "" {
		return m.Name
	}
	return s.labels().Subject
}

// returned says what a function returned: "Serve returned nil".
func (s *show) returned(m stage.Message) string {
	switch {
	case m.Verb == stage.Answered && m.Failed:
		return fmt.Sprintf("%s returned %s and the error %q", s.who(m), wire.Quote(m.Bytes, 60), m.Error)
	case m.Verb == stage.Answered:
		return fmt.Sprintf("%s returned %s", s.who(m), wire.Quote(m.Bytes, 60))
	case m.Failed:
		return fmt.Sprintf("%s returned the error %q", s.who(m), m.Error)
	}
	return s.who(m) + " returned nil"
}

// capital begins a sentence. A function keeps its name.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// sentence says what a message is about.
func (s *show) sentence(m stage.Message) string {
	text := capital(s.returned(m))
	switch m.Verb {
	case stage.Ended:
		return fmt.Sprintf("client %d: %s.", m.Client, s.returned(m))
	case stage.Answered:
		if !s.labels().Still {
			text += fmt.Sprintf(" after %v", time.Since(s.asked).Round(100*time.Microsecond))
		}
		return text + ".\n"
	case stage.Returned:
		if s.ready.Asks {
			return ""
		}
	}
	return text + "."
}

// returnedEarly says that the code returned by itself, and what to do.
func (s *show) returnedEarly(m stage.Message) string {
	again, open := "make play EX="+s.e.EX(), "its listener was open"
	if s.ready.Packet {
		open = "its packet conn was open"
	}
	switch {
	case m.Unwritten():
		return fmt.Sprintf("%s, so there is nothing to play.\nStart in %s; make test EX=%s says what it must do.",
			m.Error, s.place(m.Name), s.e.EX())
	case m.Failed:
		return fmt.Sprintf("\n%s while %s, so no client is served any more.\nFind the cause in %s, then run %s again.",
			capital(s.returned(m)), open, s.place(m.Name), again)
	}
	return fmt.Sprintf("\n%s while %s, so no client is served any more.\nThe function is in %s; %s plays it again.", capital(s.returned(m)), open, s.place(m.Name), again)
}

// deathSentence says how the process ended, and what to do.
func (s *show) deathSentence(how string) string {
	crash, ok := judge.FindCrash(s.e, s.err.take())
	if !ok {
		s.out.flush()
		s.err.flush()
		if how == "" {
			how = "exit status 0"
		}
		return fmt.Sprintf("\nYour code ended the process (%s) and cut off every client.\nos.Exit and log.Fatal do that: return an error instead, then make play EX=%s.", how, s.e.EX())
	}
	function, at, _ := strings.Cut(crash.Where, " at ")
	if at == "" {
		return fmt.Sprintf("\n%s\nThe process has ended and cut off every client. make play EX=%s plays it again.", crash.What, s.e.EX())
	}
	file, line, _ := strings.Cut(at, ":")
	if path := s.c.Files[file]; path != "" {
		at = s.e.Rel(path) + ":" + line
	}
	return fmt.Sprintf("\n%s\nat %s, in %s\nThe process has ended and cut off every client. Correct that line, then make play EX=%s.",
		crash.What, at, function, s.e.EX())
}

// asksToStop says how the code is asked to end.
func (s *show) asksToStop() string {
	switch {
	case s.ready.Packet:
		return " The packet conn is closed, and its context is canceled."
	case !s.ready.Asks:
		return " The listener is closed."
	case !s.asked.IsZero():
		return " The call's context is canceled."
	}
	return ""
}

// stillThere says that clients keep the server from ending.
func stillThere(n int) string {
	if n == 1 {
		return "1 client is still connected. It disconnects now."
	}
	return fmt.Sprintf("%d clients are still connected. They disconnect now.", n)
}

// neverReturned asks the process where its code is.
func (s *show) neverReturned() string {
	s.channel.Send(stage.Message{Verb: stage.Look})
	late := time.After(lookTime)
	for {
		select {
		case m := <-s.messages:
			if m.Verb == stage.Places {
				return s.standsAt(m.Lines)
			}
		case how := <-s.exited: // by itself after all
			s.exited <- how // for end
			return s.standsAt(nil)
		case <-s.again:
			return s.standsAt(nil)
		case <-late:
			return s.standsAt(nil)
		}
	}
}

// standsAt says that the code has not returned, and where it is.
func (s *show) standsAt(where []string) string {
	text := fmt.Sprintf("\n%s has not returned, although its clients have disconnected", capital(s.who(s.ready)))
	if s.ready.Asks {
		text = "\nYour client has not returned, although its context is canceled"
	}
	if len(where) == 0 {
		return text + "; the process is killed."
	}
	return text + ":\n" + strings.Join(where, "\n") + "\nThe process is killed."
}

// place says where a function of the code is: "exercises/05-echo/echo.go:44".
// Without a name, or one that is not found, it is the file that a learner
// edits.
func (s *show) place(name string) string {
	for _, base := range slices.Sorted(maps.Keys(s.c.Files)) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, s.c.Files[base], nil, parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler said so before
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && name != "" && source.Name(f) == name {
				return fmt.Sprintf("%s:%d", s.e.Rel(s.c.Files[base]), fset.Position(f.Pos()).Line)
			}
		}
	}
	return s.e.Rel(filepath.Join(s.e.Dir, s.e.Slug+".go"))
}
