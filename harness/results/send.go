package results

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// A Sender is the test process's end of the channel. Its methods do nothing on
// a nil Sender, may be called concurrently, and return once the judge has
// received the event: nothing is lost if the process dies in the next moment.
type Sender struct {
	mark  string
	races string // the race detector's log, "" if there is none

	mu   sync.Mutex
	seal sealer
	conn net.Conn
	acks *bufio.Reader
}

// Inherited returns this process's Sender, nil if no judge started it. The
// first call connects, and removes every trace of the channel from the
// environment that child processes get.
var Inherited = sync.OnceValue(func() *Sender {
	path := os.Getenv(Variable)
	if path == "" {
		return nil
	}
	s, err := accept(path)
	if err != nil {
		// Without a channel the judge cannot learn anything from this process.
		fmt.Fprintln(os.Stderr, "harness:", err)
		os.Exit(2)
	}
	return s
})

func accept(path string) (*Sender, error) {
	i, conn, crash, err := open(path)
	if err != nil {
		return nil, err
	}
	s := &Sender{mark: i.Mark, conn: conn, acks: bufio.NewReader(conn), races: scrub(), seal: sealer{key: i.Token}}
	line, err := json.Marshal(hello{Token: i.Token})
	if err == nil {
		err = s.write(append(line, '\n'))
	}
	if err != nil {
		return nil, err
	}
	return s, keepCrashes(crash)
}

// open opens what an invitation names, and removes it. It may be in descriptors
// that were handed over.
func open(path string) (i invitation, conn net.Conn, crash *os.File, err error) {
	if path == handedOver {
		return received()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return i, nil, nil, fmt.Errorf("read the invitation to the results channel: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return i, nil, nil, fmt.Errorf("remove the invitation to the results channel: %w", err)
	}
	if err := json.Unmarshal(text, &i); err != nil {
		return i, nil, nil, fmt.Errorf("read the invitation to the results channel: %w", err)
	}
	if conn, err = net.Dial("tcp", i.Address); err != nil {
		return i, nil, nil, fmt.Errorf("connect to the judge: %w", err)
	}
	crash, err = os.OpenFile(i.Crash, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return i, nil, nil, fmt.Errorf("open the file for tracebacks: %w", err)
	}
	return i, conn, crash, nil
}

// keepCrashes makes the runtime write tracebacks to the file, too.
func keepCrashes(f *os.File) error {
	defer f.Close() // the runtime keeps a duplicate
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("set the file for tracebacks: %w", err)
	}
	return nil
}

// scrub removes the channel from the environment and returns the log of this
// process's race detector.
func scrub() (races string) {
	os.Unsetenv(Variable)
	if os.Getenv(BuildOnly) != "" {
		os.Unsetenv(BuildOnly)
		os.Unsetenv("GOGC")
		debug.SetGCPercent(100)
	}
	options, log := cutLogPath(os.Getenv("GORACE"))
	if log == "" {
		return ""
	}
	os.Setenv("GORACE", options)
	return log + "." + strconv.Itoa(os.Getpid())
}

// cutLogPath takes the judge's log_path="…" from the options of the race
// detector.
func cutLogPath(options string) (rest, log string) {
	before, after, ok := strings.Cut(options, logPath)
	if !ok {
		return options, ""
	}
	log, after, _ = strings.Cut(after, `"`)
	return strings.TrimSpace(before + after), log
}

const logPath = ` log_path="`

// Begin says that a requirement's test begins, or one arena of it.
func (s *Sender) Begin(test, arena string) {
	if s == nil {
		return
	}
	s.tell(Event{Kind: Began, Test: test, Arena: arena})
	if arena != "" {
		s.markOutput(test + "/" + arena)
	}
}

// End says how it ended.
func (s *Sender) End(test, arena string, status Status) {
	if s == nil {
		return
	}
	if arena != "" {
		s.markOutput("")
	}
	s.tell(Event{Kind: Ended, Test: test, Arena: arena, Status: status})
}

// Skip says why it is about to be skipped.
func (s *Sender) Skip(test, arena, reason string) {
	if s != nil {
		s.tell(Event{Kind: Reason, Test: test, Arena: arena, Text: reason})
	}
}

// Fail tells one failure, encoded by package failure.
func (s *Sender) Fail(test, arena, failure string) {
	if s != nil {
		s.tell(Event{Kind: Failure, Test: test, Arena: arena, Text: failure})
	}
}

// Print passes on what code in another process printed.
func (s *Sender) Print(test, arena, text string) {
	if s != nil && text != "" {
		s.tell(Event{Kind: Printed, Test: test, Arena: arena, Text: text})
	}
}

// Witness proves which files were compiled.
func (s *Sender) Witness(value string) {
	if s != nil {
		s.tell(Event{Kind: Witness, Text: value})
	}
}

// RaceLog returns the file that the race detector of this process opens when it
// reports its first race, and leaves open; "" if there is none.
func (s *Sender) RaceLog() string {
	if s == nil {
		return ""
	}
	return s.races
}

// markOutput writes to standard output whose output follows: a test's name and
// arena, or nobody's. Nobody else knows the mark.
func (s *Sender) markOutput(name string) { os.Stdout.WriteString(s.mark + name + "\n") }

// tell ends the process when the judge cannot be told: no later result would
// reach it either, and it runs the remaining tests in a new process.
func (s *Sender) tell(e Event) {
	if info, err := os.Stat(s.races); s.races != "" && err == nil {
		e.Races = info.Size()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	line, err := json.Marshal(e)
	if err == nil {
		err = s.write(s.seal.sealed(line))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "harness:", err)
		os.Exit(2)
	}
}

// write sends one line and waits until the judge has received it.
func (s *Sender) write(line []byte) error {
	_, err := s.conn.Write(line)
	if err == nil {
		_, err = s.acks.ReadByte()
	}
	if err != nil {
		return fmt.Errorf("tell the judge: %w", err)
	}
	return nil
}
