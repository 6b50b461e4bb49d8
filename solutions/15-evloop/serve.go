//go:build linux || darwin

package evloop

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	turnBytes   = 16 << 10              // read from one client in one turn
	turnClients = 64                    // accepted in one turn
	retry       = 20 * time.Millisecond // after an accept without a free descriptor
)

// A server is one Serve.
type server struct {
	loop     *Loop
	listenFD int
	clients  map[int]*client
	buf      []byte // all clients share it, because a read is written at once
	stop     context.CancelFunc
	err      error // why accept ended the server
}

// A client is one accepted conn.
type client struct {
	fd     int
	queue  []byte // read and not yet sent; nil while there is nothing
	hup    bool   // its FIN or reset was reported
	posted bool   // its next turn is
	closed bool
}

func serve(p Poller, listenFD, stopFD int) error {
	// A client may be gone before accept, which would then wait for the next.
	if err := unix.SetNonblock(listenFD, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s := &server{loop: NewLoop(p), listenFD: listenFD, clients: map[int]*client{}, buf: make([]byte, turnBytes), stop: stop}
	if err := s.loop.Add(stopFD, true, false, func(Event) { stop() }); err != nil {
		return err
	}
	defer s.loop.Del(stopFD)
	if err := s.loop.Add(listenFD, true, false, func(Event) { s.accept() }); err != nil {
		return err
	}
	defer s.loop.Del(listenFD)
	defer s.closeAll()
	if err := s.loop.Run(ctx); ctx.Err() == nil {
		return err
	}
	return s.err
}

// accept accepts until nobody waits, because in edge mode there is no other event
// for those who wait already.
func (s *server) accept() {
	for range turnClients {
		fd, _, err := unix.Accept(s.listenFD)
		switch {
		case err == nil:
			s.add(fd)
		case errors.Is(err, unix.EAGAIN):
			return
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
		case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
			s.loop.Mod(s.listenFD, false, false) // it stays ready, so Wait would never wait
			s.loop.After(retry, func() { s.loop.Mod(s.listenFD, true, false) })
			return
		default:
			s.err = os.NewSyscallError("accept", err)
			s.stop()
			return
		}
	}
	s.loop.Post(s.accept) // the clients of this turn come first
}

func (s *server) add(fd int) {
	unix.CloseOnExec(fd)
	c := &client{fd: fd}
	err := unix.SetNonblock(fd, true)
	if err == nil {
		err = s.loop.Add(fd, true, false, func(e Event) {
			c.hup = c.hup || e.Hup
			if !c.posted { // one turn in each turn of the loop
				s.turn(c)
			}
		})
	}
	if err != nil {
		unix.Close(fd)
		return
	}
	s.clients[fd] = c
}

// turn does for c what does not block and what is its share of this turn.
func (s *server) turn(c *client) {
	if c.closed { // since turn was posted
		return
	}
	if c.queue != nil {
		if s.write(c, c.queue); c.closed || c.queue != nil {
			return
		}
	}
	n, err := unix.Read(c.fd, s.buf)
	switch {
	case n > 0:
		s.write(c, s.buf[:n])
		// A short read has emptied the socket, and what comes later is another
		// event. But the event of a FIN may be the one that brought us here.
		if n == len(s.buf) || c.hup {
			c.posted = true
			s.loop.Post(func() { c.posted = false; s.turn(c) })
		}
	case err == nil, !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
		s.close(c)
	}
}

// write sends p and keeps what the socket does not take. While there is such a
// rest, c is watched for writing alone.
func (s *server) write(c *client, p []byte) {
	n, err := unix.Write(c.fd, p)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		s.close(c)
		return
	}
	was := c.queue != nil
	rest := p[max(n, 0):]
	if len(rest) > 0 {
		c.queue = append(c.queue[:0], rest...) // p may be queue, or everybody's buf
	} else {
		c.queue = nil // a client at rest needs no memory
	}
	if is := c.queue != nil; is != was {
		if err := s.loop.Mod(c.fd, !is, is); err != nil {
			s.close(c)
		}
	}
}

func (s *server) close(c *client) {
	s.loop.Del(c.fd) // first: the next descriptor may get its number
	unix.Close(c.fd)
	c.closed = true
	delete(s.clients, c.fd)
}

func (s *server) closeAll() {
	for _, c := range s.clients {
		s.close(c)
	}
}
