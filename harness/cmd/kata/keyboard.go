package main

import (
	"io"
	"os"
	"regexp"

	"golang.org/x/term"
)

// A keyboard hands out the keys pressed on a terminal one by one, without
// Enter and without showing them.
type keyboard struct {
	fd      int
	was     *term.State
	pressed chan byte      // closed when the terminal is gone
	resumed chan os.Signal // kata goes on after Ctrl-Z
}

// The keys that a terminal sends for leaving; in this mode they are no signals.
const (
	ctrlC = 0x03
	ctrlD = 0x04
)

// openKeyboard sets the terminal up for single keys. It returns nil if in or
// out is no terminal. Close puts the terminal back.
func openKeyboard(in *os.File, out io.Writer) (*keyboard, error) {
	screen, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(screen.Fd())) {
		return nil, nil
	}
	kb := &keyboard{fd: int(in.Fd()), pressed: make(chan byte), resumed: resumes()}
	was, err := term.GetState(kb.fd)
	if err != nil {
		return nil, err
	}
	kb.was = was
	if err := singleKeys(kb.fd); err != nil {
		return nil, err
	}
	go kb.read(in)
	return kb, nil
}

// read has nobody who waits for it: a read from a terminal ends with the
// process, and with nothing else.
func (kb *keyboard) read(in *os.File) {
	defer close(kb.pressed)
	keys := make([]byte, 64)
	for {
		n, err := in.Read(keys)
		for _, key := range plainKeys(keys[:n]) {
			kb.pressed <- key
		}
		if err != nil {
			return
		}
	}
}

// sequence is what an arrow or function key sends, which may hold letters. It
// comes in one piece, so that an Esc at the end was pressed alone.
var sequence = regexp.MustCompile(`\x1b(?:\[[^@-~]*[@-~]?|O.?|.?)`)

func plainKeys(keys []byte) []byte { return sequence.ReplaceAll(keys, nil) }

func (kb *keyboard) close() {
	if kb != nil {
		term.Restore(kb.fd, kb.was) // a terminal that is gone needs nothing
	}
}
