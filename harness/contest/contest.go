// Package contest loads a learner's server and the reference in turn and says
// which of them does more.
//
// One measurement on a machine with other work says little: two of the same
// program differ by a quarter now and then. So the two are measured in pairs, in
// the order ABBA, one right after the other, until the ratios of the pairs agree
// well enough to decide, or the time is over. Then both, and other people's
// servers if they are wanted, are measured over more and fewer conns, for a
// picture.
package contest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/contest/picture"
	"socketkata/harness/judge"
	"socketkata/harness/leak"
	"socketkata/harness/terminal"
)

// Limits of a contest.
const (
	fewest  = 12  // pairs before the first decision
	most    = 120 // pairs
	tell    = 20  // pairs between two lines that say how far it is
	segment = 300 * time.Millisecond
	warmup  = 60 * time.Millisecond
	many    = 50 // conns
	size    = 64 // bytes of a message
	idle    = 1000

	mostConns = 1000 // of a curve

	forPairs   = 95 * time.Second // from the beginning
	limit      = 2 * time.Minute
	peersLimit = 5 * time.Minute
)

// firstConcurrent is the first exercise whose server has to serve several clients
// at once.
const firstConcurrent = 9

// connsFor returns over how many conns the servers of an exercise are compared.
func connsFor(e *catalog.Exercise) int {
	if e.Number < firstConcurrent {
		return 1
	}
	return many
}

// Options are where a contest is shown, and how long it lasts at most.
type Options struct {
	*terminal.Screen
	File    string        // of the picture
	Peers   bool          // measure other people's servers, too
	Pairs   int           // at most; 0 stands for the usual number
	Segment time.Duration // of one measurement; 0 stands for the usual time
}

// ErrInterrupted says that a contest was canceled.
var ErrInterrupted = errors.New("interrupted: the servers have ended, and nothing is left running")

// errTime is the cause of a context whose phase has taken its time.
var errTime = errors.New("the time is over")

// Run measures the candidate and the reference of e, prints a table, and writes
// the picture. It returns ErrInterrupted if ctx ends before; then no process is
// left.
func Run(ctx context.Context, o Options, e *catalog.Exercise, c judge.Candidate) error {
	o.Pairs, o.Segment = cmp.Or(o.Pairs, most), cmp.Or(o.Segment, segment)
	m := &match{o: o, e: e, conns: connsFor(e), begin: time.Now(), limit: limit, machine: machine(), saturated: map[int]*saturation{}}
	if o.Peers {
		m.limit = peersLimit
	}
	if m.counts = []int{1}; m.conns > 1 {
		m.counts, m.limited = countsFor(leak.Limit())
	}
	err := m.run(ctx, c)
	var broken *judge.BuildError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ErrInterrupted
	case errors.As(err, &broken):
		o.Printf("%s\n\nThe code does not compile, so there is nothing to measure. The lines above are the\ncompiler's.\n", terminal.Visible(broken.Output))
		return terminal.Failed
	case errors.Is(err, errUnwritten):
		return fmt.Errorf("%s: %w: make test EX=%s", e.Name, err, e.EX())
	}
	return fmt.Errorf("%s: %w", e.Name, err)
}

// A match is one contest.
type match struct {
	o       Options
	e       *catalog.Exercise
	conns   int
	begin   time.Time
	limit   time.Duration
	machine string    // a sentence, from the beginning
	sides   []*side   // your server, the reference
	pairs   []float64 // your server's throughput by the reference's

	counts    []int               // of conns, for the curves
	limited   string              // a sentence about descriptors
	saturated map[int]*saturation // by the number of conns
	own       time.Duration       // processor time of the generator
	spreads   []float64           // of each point: its fastest measurement by its slowest
	missing   []string            // sentences: what could not be measured, and why
}

// run starts the servers, measures them, and ends them.
func (m *match) run(ctx context.Context, c judge.Candidate) error {
	m.o.Prose(fmt.Sprintf("Your server and the reference echo messages of %d bytes, in turn, over %s, until it is clear who does more. This takes %d minutes at most. Leave the machine alone meanwhile.",
		size, conns(m.conns), int(m.limit.Minutes())))
	m.o.Printf("\n")
	defer func() {
		for _, s := range m.sides {
			s.end()
		}
	}()
	if err := m.start(ctx, c); err != nil {
		return err
	}
	if _, err := until(ctx, m.begin.Add(forPairs), m.play); err != nil {
		return err
	}
	if len(m.pairs) < min(fewest, m.o.Pairs) {
		return errBusy
	}
	m.sides[1].ratio = ratioOf(m.pairs)
	over, err := until(ctx, m.begin.Add(m.limit), m.spread)
	if err != nil {
		return err
	}
	if over {
		m.missing = append(m.missing, "The time was over before everything was measured.")
	}
	m.show()
	return m.draw()
}

// start starts both candidates and has them prove that they echo.
func (m *match) start(ctx context.Context, c judge.Candidate) error {
	// The reference is first: if it does not echo, the exercise has no bench,
	// whatever the learner has written.
	for _, of := range []struct {
		name, label string
		judge.Candidate
	}{{"the reference", "reference", judge.Reference(m.e)}, {"your server", "yours", c}} {
		s, err := startCandidate(ctx, of.name, m.e, of.Candidate)
		if err != nil {
			return err
		}
		m.sides = slices.Insert(m.sides, 0, newSide(s, of.label))
		if err := s.check(ctx); err != nil && of.label == "reference" && ctx.Err() == nil {
			return errNoEcho
		} else if err != nil {
			return err
		}
	}
	m.o.Printf("  both are built and serve; now pairs of measurements\n")
	return nil
}

// until calls f with a context that is done at that time. If f ends because of
// that, the time is over, which is no error.
func until(ctx context.Context, end time.Time, f func(context.Context) error) (over bool, err error) {
	limited, cancel := context.WithDeadlineCause(ctx, end, errTime)
	defer cancel()
	if err = f(limited); err != nil && context.Cause(limited) == errTime {
		return true, nil
	}
	return false, err
}

// spread measures what the pairs do not: peers, conns on which nothing happens,
// and more and fewer conns.
func (m *match) spread(ctx context.Context) error {
	if m.o.Peers {
		if err := m.meet(ctx); err != nil {
			return err
		}
	}
	if m.conns == 1 {
		for _, s := range m.sides {
			s.curve = []*figures{&s.figures}
		}
		return nil
	}
	for _, s := range m.sides {
		if err := s.measureIdle(ctx); err != nil {
			return err
		}
	}
	m.o.Printf("  now over %s, for the picture\n", list(m.counts))
	for _, n := range m.counts {
		if err := m.point(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// point measures all sides over n conns, there and back and once more, so that
// nobody is always first.
func (m *match) point(ctx context.Context, n int) error {
	of, why := map[*side]*figures{}, map[*side]error{}
	for _, s := range m.sides {
		of[s] = newFigures()
		s.curve = append(s.curve, of[s])
	}
	there, back := m.sides, backward(m.sides)
	for _, s := range slices.Concat(there, back, there, back) {
		r, cpu, err := s.load(ctx, n, m.o.Segment)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && r.Messages == 0 {
			err = errors.New(cmp.Or(kinds(r.Errors), "no answer in time"))
		}
		if why[s] = err; err == nil {
			of[s].add(r, cpu)
			m.note(s, n, r)
		}
	}
	for _, s := range m.sides {
		if of[s].messages == 0 {
			m.missing = append(m.missing, fmt.Sprintf("Over %s there are no figures of %s: %v.", conns(n), s.name, why[s]))
		} else {
			m.spreads = append(m.spreads, of[s].most/of[s].least)
		}
	}
	return nil
}

func backward(sides []*side) []*side {
	sides = slices.Clone(sides)
	slices.Reverse(sides)
	return sides
}

// countsFor returns the numbers of conns of a curve, and a sentence about the
// limit of descriptors that decides how many there can be.
func countsFor(limit uint64, known bool) (counts []int, sentence string) {
	counts = []int{1, 10, 100, mostConns}
	if !known {
		return counts, ""
	}
	need := picture.Thousands(float64(descriptors(mostConns)))
	if limit >= descriptors(mostConns) {
		return counts, fmt.Sprintf("%s take up to %s descriptors in a process, which its limit allows.", conns(mostConns), need)
	}
	for len(counts) > 1 && limit < descriptors(counts[len(counts)-1]) {
		counts = counts[:len(counts)-1]
	}
	return counts, fmt.Sprintf("The limit of open descriptors is %s here, so the curves end at %s. %s need a hard limit of %s (ulimit -Hn).",
		picture.Thousands(float64(limit)), conns(counts[len(counts)-1]), conns(mostConns), need)
}

// descriptors returns how many a process needs at most for n conns: a relay has
// two of each, and here also the server behind it.
func descriptors(n int) uint64 { return 3*uint64(n) + 100 }
