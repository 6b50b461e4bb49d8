package terminal

import (
	"io"
	"os"
	"regexp"

	"golang.org/x/term"
)

// A Keyboard receives the keys pressed on a terminal one by one, without
// Enter and without showing them.
type Keyboard struct {
	fd      int
	was     *term.State
	Pressed chan byte      // closed when the terminal is gone
	Resumed chan os.Signal // kata continues after Ctrl-Z
}

// The keys that end a program. In this mode they raise no signal.
const (
	CtrlC = 0x03
	CtrlD = 0x04
)

// OpenKeyboard sets the terminal up for single keys. It returns nil unless in
// and out are terminals. Close restores the terminal.
func OpenKeyboard(in *os.File, out io.Writer) (*Keyboard, error) {
	screen, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(screen.Fd())) {
		return nil, nil
	}
	kb := &Keyboard{fd: int(in.Fd()), Pressed: make(chan byte), Resumed: resumes()}
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

// nothing waits for read: a read from a terminal ends only with the process.
func (kb *Keyboard) read(in *os.File) {
	defer close(kb.Pressed)
	keys := make([]byte, 64)
	for {
		n, err := in.Read(keys)
		for _, key := range plainKeys(keys[:n]) {
			kb.Pressed <- key
		}
		if err != nil {
			return
		}
	}
}

// sequence is what an arrow or function key sends, which may hold letters. It
// comes in one piece, so that an Esc at the end was Pressed alone.
var sequence = regexp.MustCompile(`\x1b(?:\[[^@-~]*[@-~]?|O.?|.?)`)

func plainKeys(keys []byte) []byte { return sequence.ReplaceAll(keys, nil) }

func (kb *Keyboard) Close() {
	if kb != nil {
		term.Restore(kb.fd, kb.was) // a terminal that is gone needs nothing
	}
}

// Resume sets the terminal up again after Ctrl-Z and fg: the shell has used it
// meanwhile.
func (kb *Keyboard) Resume() { singleKeys(kb.fd) } // it worked before
