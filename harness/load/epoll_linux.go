package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// closedLoop drives the clients from half of the processors, because the server
// needs the others, with one goroutine each. A goroutine for each conn, as package
// net wants it, takes a fifth of the messages that one processor can send.
func closedLoop(ctx context.Context, p Plan, clients []*client, begin, end time.Time) ([]*tally, error) {
	all := make([]*tally, min(max(1, runtime.GOMAXPROCS(0)/2), len(clients)))
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i := range all {
		share := clients[i*len(clients)/len(all) : (i+1)*len(clients)/len(all)]
		all[i] = newTally()
		l := &loop{tally: all[i], plan: p, zero: time.Now(), begin: time.Until(begin), end: time.Until(end)}
		running.Go(func() {
			defer l.hangUp()
			if p.Pid > 0 && len(clients) == 1 {
				defer together(p.Pid)()
			}
			if errs[i] = l.open(share); errs[i] == nil {
				l.run(ctx)
			}
		})
	}
	running.Wait()
	return all, errors.Join(errs...)
}

// A loop is the closed loop of some conns in one goroutine.
type loop struct {
	*tally
	plan       Plan
	zero       time.Time     // of the loop's clock: time.Since is faster than time.Now
	begin, end time.Duration // on that clock
	epoll      int
	conns      []conn
	alive      int    // conns that have not ended
	unanswered int    // those of them that wait for their first answer
	messages   []byte // as many as one write may send
	buf        []byte
}

// A conn is a client's own descriptor, unknown to package net. It always has
// Pipeline messages under way; the last bytes of them may not be sent yet.
type conn struct {
	*client
	fd     int             // -1 after the end
	since  []time.Duration // the messages' times: a ring, because answers come in order
	got    int             // bytes of the next answer
	unsent int             // bytes
}

// bufSize is how much one read takes.
const bufSize = 64 << 10

// open takes over the conns of clients. Edge-triggered, epoll needs no call when
// a conn has to wait for room.
func (l *loop) open(clients []*client) (err error) {
	size, pipeline := l.plan.Size, l.plan.Pipeline
	l.buf = make([]byte, bufSize)
	l.messages = bytes.Repeat(message(size), 1+min(pipeline, 1+bufSize/size))
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	for i, client := range clients {
		fd, err := takeOver(client.Conn.(*net.TCPConn))
		if err != nil {
			return err
		}
		l.conns = append(l.conns, conn{client: client, fd: fd, since: make([]time.Duration, pipeline), unsent: size * pipeline})
		l.alive++
		l.unanswered++
		e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET&(1<<32-1), Fd: int32(i)}
		if err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &e); err != nil {
			return os.NewSyscallError("epoll_ctl", err)
		}
	}
	return nil
}

// takeOver returns a descriptor of a conn and closes that of package net.
func takeOver(c *net.TCPConn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	closed := raw.Control(func(shared uintptr) { fd, err = unix.FcntlInt(shared, unix.F_DUPFD_CLOEXEC, 0) })
	if closed != nil {
		return -1, closed
	}
	return fd, errors.Join(os.NewSyscallError("fcntl", err), c.Close())
}

func (l *loop) hangUp() {
	for i := range l.conns {
		l.close(&l.conns[i], nil)
	}
	unix.Close(l.epoll)
}

// close closes c by RST; err is what ended it.
func (l *loop) close(c *conn, err error) {
	if c.fd < 0 {
		return
	}
	unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	unix.Close(c.fd)
	c.fd, c.err = -1, err
	l.alive--
	if c.answers == 0 {
		l.unanswered--
	}
}

// run sends and receives until the end and until each conn has had an answer, but
// no longer than patience or than there are conns.
func (l *loop) run(ctx context.Context) {
	latest := max(l.end, l.now()+patience)
	for i := range l.conns {
		c := &l.conns[i]
		now := l.now()
		for j := range c.since {
			c.since[j] = now
		}
		l.send(c)
	}
	events := make([]unix.EpollEvent, len(l.conns))
	for l.alive > 0 && ctx.Err() == nil {
		now := l.now()
		if now >= l.end && (l.unanswered == 0 || now >= latest) {
			break
		}
		for _, e := range events[:l.wait(events, now)] {
			l.receive(&l.conns[e.Fd], e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0)
		}
	}
	for i := range l.conns {
		if c := &l.conns[i]; c.answers == 0 {
			l.close(c, os.ErrDeadlineExceeded)
		}
	}
}

func (l *loop) now() time.Duration { return time.Since(l.zero) }

// tick is how long a loop waits before it looks whether it has to end, in
// milliseconds.
const tick = 10

// wait returns how many events there are. It counts those that nobody had to wait
// for: they show whether the server waits for the generator.
func (l *loop) wait(events []unix.EpollEvent, now time.Duration) int {
	if l.plan.throttle != nil {
		l.plan.throttle()
	}
	ready, _ := unix.EpollWait(l.epoll, events, 0)
	if now >= l.begin && now < l.end {
		l.asked += len(l.conns)
		l.ready += max(ready, 0)
	}
	if ready > 0 {
		return ready
	}
	n, _ := unix.EpollWait(l.epoll, events, tick) // fails with EINTR only
	return max(n, 0)
}

// receive reads what has come and sends what may follow. A short read has emptied
// the conn, but if the conn has ended, this is the only event that says so.
func (l *loop) receive(c *conn, ended bool) {
	for c.fd >= 0 {
		n, err := transfer(unix.SYS_READ, c.fd, l.buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			l.send(c) // there may be room again
			return
		case err != nil:
			l.close(c, err)
		case n == 0:
			l.close(c, io.EOF)
		case !l.take(c, l.buf[:n]):
			l.close(c, errWrong)
		default:
			l.send(c)
		}
		if n < len(l.buf) && !ended {
			return
		}
	}
}

// take compares answers with what was sent and counts those that are whole.
func (l *loop) take(c *conn, p []byte) bool {
	size, now := l.plan.Size, l.now()
	if len(p) > size*len(c.since)-c.unsent-c.got {
		return false // more than was sent
	}
	for len(p) > 0 {
		n := min(len(p), size-c.got)
		if !bytes.Equal(p[:n], l.messages[c.got:c.got+n]) {
			return false
		}
		p = p[n:]
		if c.got += n; c.got == size {
			l.answer(c, now)
		}
	}
	return true
}

// answer counts an answer. The next message is due at once.
func (l *loop) answer(c *conn, now time.Duration) {
	since := &c.since[c.answers%len(c.since)]
	if now >= l.begin && now < l.end {
		l.latency.RecordValue(clamp(now - *since))
	}
	if c.answers++; c.answers == 1 {
		l.unanswered--
	}
	*since = now
	c.got, c.unsent = 0, c.unsent+l.plan.Size
}

// send sends as much as the conn takes.
func (l *loop) send(c *conn) {
	size := l.plan.Size
	for c.fd >= 0 && c.unsent > 0 {
		begun := (size - c.unsent%size) % size // bytes of the first of them
		n, err := transfer(unix.SYS_WRITE, c.fd, l.messages[begun:min(len(l.messages), begun+c.unsent)])
		switch {
		case err == nil:
			c.unsent -= n
		case errors.Is(err, unix.EAGAIN):
			return
		case !errors.Is(err, unix.EINTR):
			l.close(c, err)
		}
	}
}

// transfer is unix.Read or unix.Write for descriptors that never block: it does
// not tell the scheduler.
func transfer(call uintptr, fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
