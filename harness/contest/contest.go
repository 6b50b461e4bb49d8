// Package contest loads a learner's server and the reference in turn and says
// which of them does more.
//
// One measurement on a machine with other work says little: two of the same
// program differ by a quarter now and then. So the two are measured in pairs, in
// the order ABBA, one right after the other, until the ratios of the pairs agree
// well enough to decide, or the time is over.
package contest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/load"
	"socketkata/harness/terminal"
)

// Limits of a contest.
const (
	fewest  = 12  // pairs before the first decision
	most    = 120 // pairs: with the builds and the idle conns less than two minutes
	tell    = 20  // pairs between two lines that say how far it is
	segment = 300 * time.Millisecond
	warmup  = 60 * time.Millisecond
	many    = 50 // conns
	size    = 64 // bytes of a message
	idle    = 1000
)

// firstConcurrent is the first exercise whose server has to serve several clients
// at once.
const firstConcurrent = 9

// connsFor returns over how many conns the servers of an exercise are loaded.
func connsFor(e *catalog.Exercise) int {
	if e.Number < firstConcurrent {
		return 1
	}
	return many
}

// A side is one of the two servers with what was measured of it.
type side struct {
	*server
	messages int64
	elapsed  time.Duration
	cpu      time.Duration
	latency  *hdrhistogram.Histogram
	idle     float64 // bytes of memory for each idle conn, -1 if unknown
}

// Options are where a contest is shown, and how long it lasts at most.
type Options struct {
	*terminal.Screen
	Pairs   int           // at most; 0 stands for the usual number
	Segment time.Duration // of one measurement; 0 stands for the usual time
}

// Run measures the candidate and the reference of e. It returns ctx's cause if
// ctx ends before.
func Run(ctx context.Context, o Options, e *catalog.Exercise, c judge.Candidate) error {
	o.Pairs, o.Segment = cmp.Or(o.Pairs, most), cmp.Or(o.Segment, segment)
	conns := connsFor(e)
	o.Prose(fmt.Sprintf("Your server and the reference echo messages of %d bytes, in turn, over %s, until it is clear who does more. This takes two minutes at most. Leave the machine alone meanwhile.",
		size, map[bool]string{true: "one conn", false: fmt.Sprint(conns, " conns")}[conns == 1]))
	o.Printf("\n")
	yours, err := enter(ctx, "your server", e, c)
	if err != nil {
		return failed(o, e, err)
	}
	defer yours.end()
	theirs, err := enter(ctx, "the reference", e, judge.Reference(e))
	if err != nil {
		return failed(o, e, err)
	}
	defer theirs.end()

	m := &match{o: o, conns: conns, sides: [2]*side{yours, theirs}}
	ratio, err := m.play(ctx)
	if err != nil {
		return failed(o, e, err)
	}
	if conns > 1 {
		for _, s := range m.sides {
			if err := s.measureIdle(ctx); err != nil {
				return failed(o, e, err)
			}
		}
	}
	m.show(ratio)
	return nil
}

// enter starts a server and has it prove that it echoes.
func enter(ctx context.Context, name string, e *catalog.Exercise, c judge.Candidate) (*side, error) {
	s, err := start(ctx, name, e, c)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		s.end()
		return nil, err
	}
	return &side{server: s, latency: load.NewHistogram(), idle: -1}, nil
}

// failed says why there is no result.
func failed(o Options, e *catalog.Exercise, err error) error {
	var broken *judge.BuildError
	switch {
	case errors.As(err, &broken):
		o.Printf("%s\n\nThe code does not compile, so there is nothing to measure. The lines above are the\ncompiler's.\n", terminal.Visible(broken.Output))
		return terminal.Failed
	case errors.Is(err, errUnwritten):
		return fmt.Errorf("%s: %w: make test EX=%s", e.Name, err, e.EX())
	}
	return fmt.Errorf("%s: %w", e.Name, err)
}

// A match is the pairs so far.
type match struct {
	o         Options
	conns     int
	sides     [2]*side
	pairs     []float64 // yours by the reference's
	saturated string
	own       time.Duration // processor time of the generator
	errors    map[string]int
}

// play measures pairs until they decide. A pair in which one of the servers
// answered nothing in time says nothing but that the machine is busy.
func (m *match) play(ctx context.Context) (Ratio, error) {
	for turn := 0; len(m.pairs) < m.o.Pairs; turn++ {
		if turn == 2*m.o.Pairs {
			return Ratio{}, errBusy
		}
		var throughput [2]float64
		for i := range 2 {
			which := (turn + i) % 2 // A B, B A, A B: nobody is always second
			result, err := m.sides[which].load(ctx, m.conns, m.o.Segment)
			if err != nil {
				return Ratio{}, err
			}
			if result.Failed() == m.conns {
				return Ratio{}, fmt.Errorf("%s serves nobody: %s", m.sides[which].name, kinds(result.Errors))
			}
			throughput[which] = result.PerSecond()
			m.note(result)
		}
		if throughput[0] == 0 || throughput[1] == 0 {
			continue
		}
		m.pairs = append(m.pairs, throughput[0]/throughput[1])
		r, over := decide(m.pairs)
		if over {
			return r, nil
		}
		if len(m.pairs)%tell == 0 {
			m.o.Printf("  after %3d pairs: your server does %.2f times as much (%.2f to %.2f)\n", len(m.pairs), r.Mean, r.Low, r.High)
		}
	}
	return ratioOf(m.pairs), nil
}

var errBusy = errors.New("this machine is too busy to measure anything: try again when it has nothing else to do")

// note keeps what a measurement says about the generator and the conns.
func (m *match) note(r load.Result) {
	if r.Saturated != "" {
		m.saturated = r.Saturated
	}
	m.own += r.Own
	for kind, n := range r.Errors {
		if m.errors == nil {
			m.errors = map[string]int{}
		}
		m.errors[kind] += n
	}
}

// load measures one server once.
func (s *side) load(ctx context.Context, conns int, d time.Duration) (load.Result, error) {
	before := s.cpuTime()
	r, err := load.Echo(ctx, load.Plan{Addr: s.addr, Conns: conns, Size: size, Pipeline: 1, Warmup: warmup, For: d})
	if err != nil {
		return r, fmt.Errorf("%s: %w", s.name, err)
	}
	s.cpu += time.Duration(float64(s.cpuTime()-before) * d.Seconds() / (d + warmup).Seconds()) // without the warm-up's share
	s.messages += r.Messages
	s.elapsed += r.Elapsed
	s.latency.Merge(r.Latency)
	return r, nil
}

// measureIdle finds out how much memory conns take on which nothing happens.
func (s *side) measureIdle(ctx context.Context) error {
	before := s.memory()
	if before == 0 {
		return nil
	}
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	answer := make([]byte, 2)
	for range idle {
		c, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", s.addr)
		if err != nil {
			break // out of descriptors, perhaps: then it is fewer conns
		}
		open = append(open, c)
		c.SetDeadline(time.Now().Add(patience))
		if _, err = c.Write([]byte("!\n")); err == nil { // it is served, and not in the backlog
			_, err = io.ReadFull(c, answer)
		}
		if err != nil {
			return nil // a limit of the server: there is nothing to say
		}
	}
	if len(open) > 0 {
		s.idle = float64(max(0, s.memory()-before)) / float64(len(open))
	}
	return ctx.Err()
}
