package results

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The limits of a connection.
const (
	maxEvent   = 4 << 20 // bytes of one event
	helloLimit = 10 * time.Second
	// drainLimit is for what is still in flight when the test process is gone.
	drainLimit = 2 * time.Second
)

// A Channel is the judge's end.
type Channel struct {
	dir    string
	ln     net.Listener
	invite invitation
	handle func(Event)
	served sync.WaitGroup

	mu       sync.Mutex // guards what is below, and serializes handle
	conns    map[net.Conn]bool
	claimed  bool
	conflict string
}

// Listen opens a channel for one test process. The handle function is called
// for each event, one at a time, before the sender continues. The folder must be
// private to the judge; the caller closes the channel with [Channel.Close].
func Listen(dir string, handle func(Event)) (*Channel, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the results channel: %w", err)
	}
	c := &Channel{dir: dir, ln: ln, handle: handle, conns: map[net.Conn]bool{}, invite: invitation{
		Address: ln.Addr().String(), Token: rand.Text(), Mark: "\x1e" + rand.Text() + " ", Crash: filepath.Join(dir, "crash"),
	}}
	text, err := json.Marshal(c.invite)
	if err == nil {
		err = os.WriteFile(c.path(), text, 0o600)
	}
	if err != nil {
		ln.Close()
		return nil, fmt.Errorf("open the results channel: %w", err)
	}
	c.served.Go(c.accept)
	return c, nil
}

func (c *Channel) path() string { return filepath.Join(c.dir, "invitation") }

// Environment returns env for the test process. The options in GORACE are
// kept, but for the file that reports go to.
func (c *Channel) Environment(gorace string) []string {
	return []string{Variable + "=" + c.path(), "GORACE=" + gorace + logPath + c.raceLog() + `"`}
}

// Mark comes before a line in the output of the test process that names the
// test and arena to which the output after it belongs.
func (c *Channel) Mark() string { return c.invite.Mark }

func (c *Channel) accept() {
	for {
		conn, err := c.ln.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.conns[conn] = true
		c.mu.Unlock()
		c.served.Go(func() { c.serve(conn) })
	}
}

func (c *Channel) serve(conn net.Conn) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.conns, conn)
		conn.Close()
	}()
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, maxEvent)
	conn.SetReadDeadline(time.Now().Add(helloLimit))
	if !lines.Scan() || !c.admit(lines.Bytes()) {
		return
	}
	seal := sealer{key: c.invite.Token}
	conn.SetReadDeadline(time.Time{})
	for acknowledge(conn) && lines.Scan() {
		var e Event
		text, genuine := seal.opened(lines.Bytes())
		if !genuine {
			c.contradict("something other than the tests wrote to the results channel")
			return
		}
		if err := json.Unmarshal(text, &e); err != nil {
			c.contradict("an event cannot be read: " + err.Error())
			return
		}
		c.mu.Lock()
		c.handle(e)
		c.mu.Unlock()
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		c.contradict("an event is longer than any test sends")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handle(Event{Kind: Gone})
}

func acknowledge(conn net.Conn) bool {
	_, err := conn.Write([]byte{'\n'})
	return err == nil
}

// admit reports whether the first line is that of the test process. Anything
// else on this machine may connect: it is ignored.
func (c *Channel) admit(line []byte) bool {
	var h hello
	if json.Unmarshal(line, &h) != nil || subtle.ConstantTimeCompare([]byte(h.Token), []byte(c.invite.Token)) != 1 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claimed {
		c.conflict = "the results channel was opened twice with the same token"
		return false
	}
	c.claimed = true
	return true
}

func (c *Channel) contradict(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conflict = what
}

// Close ends the channel when the test process is gone, and waits for what is
// still in flight. The conflict is one sentence, "" if everything that came
// was in order.
func (c *Channel) Close() (conflict string) {
	c.ln.Close()
	c.mu.Lock()
	for conn := range c.conns {
		conn.SetReadDeadline(time.Now().Add(drainLimit))
	}
	c.mu.Unlock()
	c.served.Wait()
	os.Remove(c.path()) // usually the test process has done so
	return c.conflict
}

// Crash returns the start of the traceback that the test process left, "" if it
// did not crash.
func (c *Channel) Crash() string { return head(c.invite.Crash) }

// Races returns what the race detectors of the run reported.
func (c *Channel) Races() (reports string) {
	files, _ := filepath.Glob(c.raceLog() + ".*") // the pattern is well-formed
	for _, f := range files {
		reports += head(f)
	}
	return reports
}

func (c *Channel) raceLog() string { return filepath.Join(c.dir, "race") }

// head returns the first MiB of a file, "" if there is none.
func head(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 1<<20)) // what was read is what is known
	return string(text)
}
