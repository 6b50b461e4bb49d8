package contest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/play/stage"
	"socketkata/harness/slow"
	"socketkata/harness/terminal"
)

// A server is a process that plays a candidate.
type server struct {
	name    string
	addr    string
	program *judge.Program
	process *judge.Execution
	channel *stage.Channel
	said    firstLine // that it printed
	exited  chan string
	told    chan stage.Message // what it says after it has begun to serve
}

// start builds the candidate and starts it.
func start(ctx context.Context, name string, e *catalog.Exercise, c judge.Candidate) (*server, error) {
	program, err := judge.Build(ctx, e, c)
	if err != nil {
		return nil, err
	}
	s := &server{name: name, program: program, exited: make(chan string, 1), told: make(chan stage.Message, 1)}
	if err := s.begin(ctx); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *server) begin(ctx context.Context) error {
	control, err := stage.Listen(rand.Text())
	if err != nil {
		return err
	}
	defer control.Close()
	if s.process, err = s.program.Start(catalog.PlayTest, []string{control.Env(), stage.LoadEnv + "=1"}, &s.said, &s.said); err != nil {
		return err
	}
	go func() {
		s.exited <- s.process.Wait()
		control.Close()
	}()
	defer context.AfterFunc(ctx, func() { control.Close() })()
	defer time.AfterFunc(slow.Stretch(startTime), func() { control.Close() }).Stop()
	var ready stage.Message
	s.channel, ready, err = control.Accept()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && len(s.exited) == 0:
		return fmt.Errorf("%s has not started for %v: perhaps an init function never returns", s.name, slow.Stretch(startTime))
	case err != nil:
		return fmt.Errorf("%s ended before it served: %s", s.name, s.lastWords())
	case ready.Asks || ready.Packet:
		return errNoEcho
	}
	s.addr = ready.Addr
	go s.listen()
	return nil
}

// listen keeps the first thing that the process says.
func (s *server) listen() {
	if m, err := s.channel.Receive(); err == nil {
		s.told <- m
	}
}

// lastWords returns how the process has ended.
func (s *server) lastWords() string {
	how := <-s.exited
	s.exited <- how
	return strings.TrimSpace(how + " " + s.said.String())
}

// A firstLine is a writer that keeps the first line of what is written.
type firstLine []byte

func (f *firstLine) Write(p []byte) (int, error) {
	if line := bytes.IndexByte(*f, '\n'); line < 0 && len(*f) < 200 {
		*f = append(*f, p[:min(len(p), 200)]...)
	}
	return len(p), nil
}

func (f firstLine) String() string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(f), []byte("\n"))
	return terminal.Visible(string(line))
}

// errNoEcho means that there is nothing to load.
var errNoEcho = errors.New("it is no echo server, and nothing else can be measured yet")

// errUnwritten means that the server is the stub.
var errUnwritten = errors.New("nothing is written yet, so there is nothing to measure")

// check asks the server for one echo.
func (s *server) check() error {
	c, err := net.DialTimeout("tcp", s.addr, patience)
	if err != nil {
		return fmt.Errorf("%s cannot be dialed: %w", s.name, err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	const line = "is this an echo?\n"
	if _, err = c.Write([]byte(line)); err != nil {
		return fmt.Errorf("%s does not take a message: %w", s.name, err)
	}
	back, err := bufio.NewReader(c).ReadString('\n')
	if back == line {
		return nil
	}
	select {
	case m := <-s.told:
		if m.Unwritten() {
			return errUnwritten
		}
		return fmt.Errorf("%s returned instead of serving: %s", s.name, m.Error)
	case how := <-s.exited:
		s.exited <- how
		return fmt.Errorf("%s has ended: %s", s.name, s.lastWords())
	default:
	}
	if err != nil {
		return fmt.Errorf("%s sends no echo, so there is nothing to measure: %w", s.name, err)
	}
	return errNoEcho
}

// Times after which something is told instead of waited for.
const (
	patience  = 5 * time.Second  // for an answer
	startTime = 30 * time.Second // for the process
)

// end ends the process and what it started.
func (s *server) end() {
	if s.channel != nil {
		s.channel.Close()
	}
	if s.process != nil {
		s.process.Kill()
		<-s.exited
	}
	s.program.Remove()
}

// cpuTime returns the processor time of the process so far, 0 where it is
// unknown: proc(5), fields 14 and 15 of stat, in hundredths of a second.
func (s *server) cpuTime() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Pid()))
	_, fields, ok := strings.Cut(string(text), ") ") // the name before may hold spaces
	if f := strings.Fields(fields); err == nil && ok && len(f) > 12 {
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		return time.Duration(user+system) * 10 * time.Millisecond
	}
	return 0
}

// memory returns the bytes of memory of the process, 0 where they are unknown:
// the sum of all mappings, because the figures of statm lag behind.
func (s *server) memory() int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.process.Pid()))
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Rss:" {
			kilobytes, _ := strconv.ParseInt(f[1], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
