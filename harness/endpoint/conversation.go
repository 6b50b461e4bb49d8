// Package endpoint holds the script's ends of conns and of exchanges of
// datagrams. Each reads in the background, so that right code never blocks
// because nobody reads, and enters what crosses it into one log.
//
// It says what an end has seen; the steps in package peer decide what had to
// come.
package endpoint

import (
	"fmt"
	"net"
	"slices"
	"sync"

	"socketkata/harness/wire"
)

// A Conversation is what the ends of one script share. Unless a comment says
// otherwise, methods of this package are called without its lock.
type Conversation struct {
	Changed  *sync.Cond // broadcast whenever an end has something new; its lock guards the ends
	Log      *wire.Log
	CountOne func() // called for each Read that takes something; may be called concurrently
	Still    bool   // drawings leave out what differs from run to run
	// Accepted finds the subject's end of a conn that was dialed from the
	// address; nil if the bench does not have it.
	Accepted func(from string) net.Conn

	sides     []*Side
	streams   []*Stream
	datagrams []*Datagrams
	own       sync.WaitGroup // the goroutines of all ends
}

// A Side is one end as the drawing shows it.
type Side struct {
	Name   string // what the script plays: "client 2"
	Labels wire.Labels
	talk   *Conversation

	// Guarded by the lock.
	sent      int64 // bytes that the network has taken
	received  int64 // bytes read in all
	datagrams int64 // sent and received
}

// NewSide registers an end. kind is what the script plays, subject what the
// subject plays.
func (c *Conversation) NewSide(kind, subject string) *Side {
	c.Changed.L.Lock()
	defer c.Changed.L.Unlock()
	s := &Side{talk: c, Name: kind, Labels: wire.Labels{Harness: kind, Subject: subject, Still: c.Still}}
	n := 1
	for _, other := range c.sides {
		if other.Labels.Harness == kind {
			n++
		}
	}
	if n > 1 {
		s.Name = fmt.Sprintf("%s %d", kind, n)
	}
	c.sides = append(c.sides, s)
	return s
}

// Saw enters what the subject sent into the log. It may be called with the lock
// held.
func (s *Side) Saw(kind wire.Kind, data []byte) {
	if kind == wire.Data {
		s.talk.CountOne()
	}
	s.talk.Log.Add(s.Name, wire.Subject, kind, data)
}

// did enters what the script did into the log.
func (s *Side) did(kind wire.Kind, data []byte) {
	s.talk.Log.Add(s.Name, wire.Harness, kind, data)
}

// Counts returns how many bytes have crossed in each direction. The lock is
// held.
func (s *Side) Counts() (sent, received int64) { return s.sent, s.received }

// Sides returns all ends so far. The lock is held.
func (c *Conversation) Sides() []*Side { return c.sides }

// Traffic returns a number that grows with each byte and datagram that crosses.
// The lock is held.
func (c *Conversation) Traffic() int64 {
	var sum int64
	for _, s := range c.sides {
		sum += s.sent + s.received + s.datagrams
	}
	return sum
}

// Note adds a row of the script's own to the drawing.
func (c *Conversation) Note(what string) {
	name := ""
	if s := c.last(); s != nil {
		name = s.Name
	}
	c.Log.Add(name, wire.Harness, wire.Note, []byte(what))
}

func (c *Conversation) last() *Side {
	c.Changed.L.Lock()
	defer c.Changed.L.Unlock()
	if len(c.sides) == 0 {
		return nil
	}
	return c.sides[len(c.sides)-1]
}

// crowdLimit is how many sides are drawn together.
const crowdLimit = 3

// Draw draws the last rows of the conversation, all of it if rows is 0. Of many
// sides it draws the given one alone, or if that is nil the last.
func (c *Conversation) Draw(s *Side, rows int) []string {
	if s == nil {
		s = c.last()
	}
	if s == nil {
		return nil
	}
	c.Changed.L.Lock()
	crowd := len(c.sides) > crowdLimit
	c.Changed.L.Unlock()
	events := c.Log.Events()
	if crowd && rows > 0 {
		events = slices.DeleteFunc(events, func(e wire.Event) bool { return e.Conn != s.Name })
	}
	if rows > 0 {
		events = wire.Last(events, rows)
	}
	return wire.Draw(events, s.Labels)
}

// Close closes every stream.
func (c *Conversation) Close() {
	c.Changed.L.Lock()
	streams := slices.Clone(c.streams)
	c.Changed.L.Unlock()
	for _, s := range streams {
		s.end(func() { s.conn.Close() })
	}
}

// Wait waits until the goroutines of all ends have ended, and closes the files
// that the subject sent. All ends are closed.
func (c *Conversation) Wait() {
	c.own.Wait()
	for _, s := range c.streams {
		s.closeFiles()
	}
}
