package endpoint

import (
	"fmt"
	"net"

	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// Datagrams is the script's end of an exchange of datagrams.
type Datagrams struct {
	*Side
	conn  net.PacketConn
	inbox []Datagram // not yet asked for by the script; guarded by the lock
}

// A Datagram that has come.
type Datagram struct {
	Data string
	From net.Addr
}

// NewDatagrams gives a side its packet conn and starts to receive. It receives
// until the caller closes the conn.
func (s *Side) NewDatagrams(c net.PacketConn) *Datagrams {
	p := &Datagrams{Side: s, conn: c}
	s.talk.Changed.L.Lock()
	s.talk.datagrams = append(s.talk.datagrams, p)
	s.talk.Changed.L.Unlock()
	s.talk.own.Go(p.receiveAll)
	return p
}

// receiveAll moves every datagram into the inbox until the conn is closed. Some
// systems tell here that nobody received what was sent before, which is no end.
func (p *Datagrams) receiveAll() {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := p.conn.ReadFrom(buf)
		if network.IsReset(err) || network.IsRefused(err) {
			continue
		}
		if err != nil {
			return
		}
		p.Saw(wire.Datagram, buf[:n])
		p.talk.Changed.L.Lock()
		p.inbox = append(p.inbox, Datagram{string(buf[:n]), from})
		p.received += int64(n)
		p.Side.datagrams++
		p.talk.Changed.Broadcast()
		p.talk.Changed.L.Unlock()
	}
}

// Addr returns the address of the packet conn.
func (p *Datagrams) Addr() net.Addr { return p.conn.LocalAddr() }

// Send sends one datagram. What the script has sent is entered into the log by
// [Conversation.SentPacket].
func (p *Datagrams) Send(to net.Addr, data string) error {
	if _, err := p.conn.WriteTo([]byte(data), to); err != nil {
		return err
	}
	p.talk.Changed.L.Lock()
	defer p.talk.Changed.L.Unlock()
	p.sent += int64(len(data))
	p.Side.datagrams++
	return nil
}

// SendAsync is Send in the background: a Unix socket waits for room in the queue of
// the other one. sent reports whether that is over, and with which error. It is
// called with the lock held.
func (p *Datagrams) SendAsync(to net.Addr, data string) (sent func() (over bool, err error)) {
	over, err := false, error(nil)
	p.talk.own.Go(func() {
		failed := p.Send(to, data)
		p.talk.Changed.L.Lock()
		defer p.talk.Changed.L.Unlock()
		over, err = true, failed
		p.talk.Changed.Broadcast()
	})
	return func() (bool, error) { return over, err }
}

// Waiting reports whether a datagram has come that was not taken. The lock is
// held.
func (p *Datagrams) Waiting() bool { return len(p.inbox) > 0 }

// Take returns the oldest datagram that has come. There is one.
func (p *Datagrams) Take() Datagram {
	p.talk.Changed.L.Lock()
	defer p.talk.Changed.L.Unlock()
	d := p.inbox[0]
	p.inbox = p.inbox[1:]
	return d
}

// SentPacket enters a datagram of the script into the log, and one of the
// subject that will not arrive. The others are entered when they arrive.
func (c *Conversation) SentPacket(s network.Sent) {
	from, to := c.datagramsAt(s.From), c.datagramsAt(s.To)
	note := func(p *Datagrams, side wire.Side, number int) {
		if s.Fate != network.Arrives {
			c.Log.Add(p.Name, side, wire.Note, fmt.Appendf(nil, "datagram %d is %s", number, fates[s.Fate]))
		}
	}
	switch {
	case from != nil:
		from.did(wire.Datagram, s.Data)
		note(from, wire.Harness, s.NumberFrom)
	case to != nil:
		if s.Fate == network.Lost {
			to.Saw(wire.Datagram, s.Data)
		}
		note(to, wire.Subject, s.NumberTo)
	}
}

// fates is each fate in a sentence of the drawing.
var fates = map[network.Fate]string{network.Lost: "lost", network.Twice: "doubled", network.Late: "late"}

func (c *Conversation) datagramsAt(addr net.Addr) *Datagrams {
	c.Changed.L.Lock()
	defer c.Changed.L.Unlock()
	for _, p := range c.datagrams {
		if p.conn.LocalAddr().String() == addr.String() {
			return p
		}
	}
	return nil
}
