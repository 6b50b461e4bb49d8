package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A client is one conn. It is used by one goroutine; the open loop has two.
type client struct {
	net.Conn
	*tally
	answers int   // all, also those of the warm-up
	err     error // what ended the conn
}

// A tally is what one goroutine measures.
type tally struct {
	latency *hdrhistogram.Histogram // of the messages that count
	late    *hdrhistogram.Histogram // how late messages were sent that no answer held back
	asked   int                     // how often a conn could have had an answer when the loop looked
	ready   int                     // how often it had
}

func newTally() *tally { return &tally{latency: NewHistogram(), late: NewHistogram()} }

func (t *tally) add(other *tally) {
	t.latency.Merge(other.latency)
	t.late.Merge(other.late)
	t.asked += other.asked
	t.ready += other.ready
}

// goroutines drives each client in a goroutine of its own.
func goroutines(_ context.Context, p Plan, clients []*client, begin, end time.Time) ([]*tally, error) {
	var running sync.WaitGroup
	all := make([]*tally, len(clients))
	for i, c := range clients {
		all[i] = newTally()
		c.tally = all[i]
		running.Go(func() {
			if p.Rate > 0 {
				c.open(p, begin, end, time.Duration(float64(i)/p.Rate*float64(time.Second)))
			} else {
				c.closed(p, begin, end)
			}
		})
	}
	running.Wait()
	return all, nil
}

// patience is how long a conn waits for its first answer at least, and so the
// longest that Echo lasts beyond the end of its plan.
const patience = 5 * time.Second

// failure names what was wrong with the conn, "" if nothing was. That time is
// over is no failure if there was an answer before.
func (c *client) failure() string {
	if c.err == nil || c.answers > 0 && errors.Is(c.err, os.ErrDeadlineExceeded) {
		return ""
	}
	return kindOf(c.err)
}

// message returns a line of that many bytes.
func message(size int) []byte {
	m := bytes.Repeat([]byte("socket kata "), size/12+1)[:size]
	m[size-1] = '\n'
	return m
}

// closed keeps as many messages under way as the plan says, until the end. They
// have to fit into the sockets' buffers: the first answer is read after that.
func (c *client) closed(p Plan, begin, end time.Time) {
	c.SetDeadline(later(end))
	m, answer := message(p.Size), make([]byte, p.Size)
	sent := make([]time.Time, p.Pipeline) // a ring: the answers come in order
	for i := 0; ; i++ {
		if i >= p.Pipeline {
			if c.err = c.answer(m, answer, sent[i%p.Pipeline], begin, end); c.err != nil {
				return
			}
		}
		sent[i%p.Pipeline] = time.Now()
		if _, c.err = c.Write(m); c.err != nil {
			return
		}
	}
}

// open sends a message at each of its times, the first one after offset, and
// reads the answers beside that. The loop of answers ends at the end.
func (c *client) open(p Plan, begin, end time.Time, offset time.Duration) {
	c.SetDeadline(later(end))
	every := time.Duration(float64(p.Conns) / p.Rate * float64(time.Second))
	first := begin.Add(-p.Warmup).Add(offset)
	due := make(chan time.Time, p.Pipeline) // those of messages under way
	done := make(chan error, 1)
	go func() { done <- c.sendOnTime(message(p.Size), first, every, end, due) }()
	m, answer := message(p.Size), make([]byte, p.Size)
	for at := range due {
		if c.err = c.answer(m, answer, at, begin, end); c.err != nil {
			c.Close() // ends the other goroutine
			for range due {
			}
		}
	}
	if err := <-done; c.err == nil {
		c.err = err
	}
}

// sendOnTime sends messages until the end and puts their times into due, which it
// closes. If too many are under way it waits, but their times stay what they are.
func (c *client) sendOnTime(m []byte, at time.Time, every time.Duration, end time.Time, due chan<- time.Time) error {
	defer close(due)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ; at.Before(end); at = at.Add(every) {
		held := time.Now().After(at) // by the message before
		if !held {
			timer.Reset(time.Until(at))
			<-timer.C
			c.late.RecordValue(clamp(time.Since(at)))
		}
		due <- at
		if _, err := c.Write(m); err != nil {
			return err
		}
	}
	return nil
}

// answer reads the answer to a message of that time, and counts it if it came
// between begin and end.
func (c *client) answer(want, got []byte, at, begin, end time.Time) error {
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errWrong
	}
	if c.answers++; c.answers == 1 {
		c.SetDeadline(end)
	}
	if now := time.Now(); !now.Before(begin) && now.Before(end) {
		c.latency.RecordValue(clamp(now.Sub(at)))
	}
	return nil
}

func later(end time.Time) time.Time {
	if first := time.Now().Add(patience); first.After(end) {
		return first
	}
	return end
}

func clamp(d time.Duration) int64 { return max(shortest, min(int64(d), longest)) }
