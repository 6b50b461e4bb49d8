//go:build unix

// Run starts a goroutine per client that reads and writes in blocking mode.
//
// Seen: everyday Go, which this exercise takes apart.
// Caught by: R3 (wrong value), R9, R10, R14, R16
// Shows: goroutine that called Run
// Say: this works, but it hides the loop in the runtime; here one goroutine
// serves all clients.

package pollecho

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Stats counts the system calls that one Run made, whatever they returned.
// Calls that a signal interrupted (EINTR) may be counted or not.
type Stats struct {
	Waits   int // poll(2)
	Reads   int // read(2) from a client
	Writes  int // write(2) to a client
	Accepts int // accept(2)
}

// Run serves clients of listenFD until stopFD is readable.
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return Stats{}, os.NewSyscallError("fcntl", err)
	}
	s := &server{open: map[int]bool{}, limit: maxBuffered}
	stats, err := s.acceptAll(listenFD, stopFD)
	s.mu.Lock()
	for fd := range s.open {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
	s.mu.Unlock()
	s.conns.Wait()
	stats.Reads, stats.Writes = int(s.reads.Load()), int(s.writes.Load())
	return stats, err
}

type server struct {
	limit         int
	conns         sync.WaitGroup
	reads, writes atomic.Int64
	mu            sync.Mutex
	open          map[int]bool
}

// acceptAll starts a goroutine for each client.
func (s *server) acceptAll(listenFD, stopFD int) (Stats, error) {
	var stats Stats
	timeout := -1
	for {
		fds := []unix.PollFd{
			{Fd: int32(stopFD), Events: unix.POLLIN},
			{Fd: int32(listenFD), Events: unix.POLLIN},
		}
		if timeout >= 0 {
			fds = fds[:1]
		}
		stats.Waits++
		_, err := unix.Poll(fds, timeout)
		timeout = -1
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return stats, os.NewSyscallError("poll", err)
		case fds[0].Revents != 0:
			return stats, nil
		}
		fd, _, err := unix.Accept(listenFD)
		stats.Accepts++
		switch {
		case err == nil:
			unix.CloseOnExec(fd)
			unix.SetNonblock(fd, false) // BSD inherits the mode of the listener
			s.mu.Lock()
			s.open[fd] = true
			s.mu.Unlock()
			s.conns.Go(func() { s.serve(fd) })
		case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
			timeout = int(50 * time.Millisecond / time.Millisecond)
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
		default:
			return stats, os.NewSyscallError("accept", err)
		}
	}
}

// serve echoes for one client, in blocking mode: one goroutine reads, this one
// writes.
func (s *server) serve(fd int) {
	q := &queue{limit: s.limit}
	q.changed.L = &q.mu
	var reader sync.WaitGroup
	reader.Go(func() { s.read(fd, q) })
	for {
		rest, ok := q.take()
		if !ok {
			break
		}
		for len(rest) > 0 {
			n, err := unix.Write(fd, rest)
			s.writes.Add(1)
			if err != nil && !errors.Is(err, unix.EINTR) {
				unix.Shutdown(fd, unix.SHUT_RDWR)
				q.end()
				rest = nil
				break
			}
			n = max(n, 0)
			rest = rest[n:]
			q.sent(n)
		}
	}
	s.mu.Lock()
	delete(s.open, fd)
	unix.Shutdown(fd, unix.SHUT_WR)
	s.mu.Unlock()
	reader.Wait()
	unix.Close(fd)
}

func (s *server) read(fd int, q *queue) {
	buf := make([]byte, 64<<10)
	for room := q.room(); room > 0; room = q.room() {
		n, err := unix.Read(fd, buf[:min(room, len(buf))])
		s.reads.Add(1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n <= 0 {
			break
		}
		q.put(buf[:n])
	}
	q.end()
}

// A queue holds what was read and not yet sent.
type queue struct {
	limit   int
	mu      sync.Mutex
	changed sync.Cond
	data    []byte
	held    int // bytes not yet sent
	ended   bool
}

// room waits for room and returns how much there is, 0 at the end.
func (q *queue) room() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.held >= q.limit && !q.ended {
		q.changed.Wait()
	}
	if q.ended {
		return 0
	}
	return q.limit - q.held
}

func (q *queue) put(p []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.data, q.held = append(q.data, p...), q.held+len(p)
	q.changed.Broadcast()
}

// take waits for bytes and returns them all; at the end it returns false.
func (q *queue) take() ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.data) == 0 && !q.ended {
		q.changed.Wait()
	}
	data := q.data
	q.data = nil
	return data, len(data) > 0
}

func (q *queue) sent(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held -= n
	q.changed.Broadcast()
}

func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.changed.Broadcast()
}
