package contest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"socketkata/harness/terminal"
)

// A server is a process that serves at addr.
type server struct {
	name string
	addr string
	pid  int
	over <-chan struct{} // closed once it serves no more
	why  func() error    // why that is, nil if it does not say
	end  func()          // ends the process and what it started, and removes its files
}

// Times after which the contest reports a failure instead of waiting on.
const (
	patience  = 5 * time.Second  // for an answer
	startTime = 30 * time.Second // for the process
)

// errNoEcho means that there is nothing to load.
var errNoEcho = errors.New("it has no bench, because its server does not echo; see \"How we measure\" in harness/README.md")

// check has the server prove that it echoes. A server that has returned or ended
// tells more than a conn that was refused or closed, so its word counts first.
func (s *server) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	talk := make(chan error, 1)
	go func() { talk <- s.echo(ctx) }()
	var err error
	select {
	case err = <-talk:
		if err == nil || errors.Is(err, errNoEcho) {
			return err
		}
		select {
		case <-s.over:
		case <-ctx.Done():
		}
	case <-s.over:
		cancel()
		err = <-talk
	}
	if why := s.why(); why != nil {
		return why
	}
	return err
}

// echo asks the server for one echo.
func (s *server) echo(ctx context.Context) error {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("%s cannot be dialed: %w", s.name, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Now()) })()
	const line = "is this an echo?\n"
	if _, err = c.Write([]byte(line)); err != nil {
		return fmt.Errorf("%s does not take a message: %w", s.name, err)
	}
	back, err := bufio.NewReader(c).ReadString('\n')
	switch {
	case back == line:
		return nil
	case err != nil:
		return fmt.Errorf("%s sends no echo, so there is nothing to measure: %w", s.name, err)
	}
	return errNoEcho
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

// memory returns the bytes of memory of the process, 0 where they are unknown:
// the sum of all mappings, because the figures of statm lag behind.
func (s *server) memory() int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "Rss:" {
			kilobytes, _ := strconv.ParseInt(f[1], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
