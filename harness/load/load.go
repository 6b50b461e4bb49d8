// Package load loads an echo server over TCP and says what it can do: how many
// messages a second, and how long each took.
//
// In a closed loop each conn sends its next message when an answer has come: it
// finds out how much the server can do. In an open loop each message has its
// time, whether the server is ready or not, as people do that do not know of each
// other. Its latency counts from that time: if the server pauses, all messages of
// the pause were late, and not just the one that was under way. A closed loop
// hides this ("coordinated omission").
package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"socketkata/harness/errno"
	"socketkata/harness/leak"
)

// A Plan says how a server is loaded. All numbers but Rate, Warmup and Pid are
// at least 1.
type Plan struct {
	Addr     string
	Conns    int
	Size     int           // bytes of a message, which ends in "\n"
	Pipeline int           // messages of a conn that may be under way at once
	Rate     float64       // messages a second of all conns in an open loop; 0 asks for a closed loop
	Warmup   time.Duration // during which nothing is counted
	For      time.Duration
	// Pid is the server's process, or 0. In a closed loop of one conn, Linux
	// runs it and the load on one processor.
	Pid int

	throttle func() // slows the closed loop of Linux down; for tests
}

// A Result says what came of a plan.
type Result struct {
	Messages int64 // that came back in time
	Elapsed  time.Duration
	// Latency is in nanoseconds, with two significant digits.
	Latency *hdrhistogram.Histogram
	// Errors counts the conns that ended by themselves or gave no answer at all,
	// by what happened to them.
	Errors map[string]int
	// Own is the processor time of this process meanwhile, 0 if it is unknown.
	Own time.Duration
	// Saturated says why the figures tell more about this process than about the
	// server; it is "" if they do not.
	Saturated string
}

// PerSecond returns the throughput.
func (r Result) PerSecond() float64 { return float64(r.Messages) / r.Elapsed.Seconds() }

// Failed returns how many conns Errors counts.
func (r Result) Failed() int {
	sum := 0
	for _, n := range r.Errors {
		sum += n
	}
	return sum
}

// The range of latencies that are told apart.
const (
	shortest = int64(time.Microsecond)
	longest  = int64(time.Minute)
)

// NewHistogram returns an empty histogram to which those of Results can be added.
func NewHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(shortest, longest, 2) }

// Echo dials the conns, loads the server, and closes them. A conn without any
// answer is waited for a few seconds more. It returns an error if
// the server cannot be dialed, and ctx's error if ctx is done before the end.
func Echo(ctx context.Context, p Plan) (Result, error) {
	if p.Rate > 0 {
		return load(ctx, p, goroutines)
	}
	return load(ctx, p, closedLoop)
}

// A driver sends and receives from the beginning of the warm-up until the end. It
// may close the conns.
type driver func(ctx context.Context, p Plan, clients []*client, begin, end time.Time) ([]*tally, error)

func load(ctx context.Context, p Plan, drive driver) (Result, error) {
	conns, err := dial(ctx, p)
	if err != nil {
		return Result{}, err
	}
	stop := context.AfterFunc(ctx, func() { hangUp(conns) })
	defer stop()
	defer hangUp(conns)

	begin := time.Now().Add(p.Warmup)
	end := begin.Add(p.For)
	before := make(chan time.Duration, 1)
	time.AfterFunc(p.Warmup, func() { before <- cpuTime() })
	tallies, err := drive(ctx, p, conns, begin, end)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return Result{}, err
	}
	r := Result{Elapsed: p.For, Errors: map[string]int{}, Own: cpuTime() - <-before}
	all := newTally()
	for _, t := range tallies {
		all.add(t)
	}
	for _, c := range conns {
		if kind := c.failure(); kind != "" {
			r.Errors[kind]++
		}
	}
	r.Latency, r.Messages = all.latency, all.latency.TotalCount()
	r.Saturated = saturated(r.Own, max(p.For, time.Since(begin)), all)
	return r, nil
}

func cpuTime() time.Duration {
	used, _ := leak.CPUTime()
	return used
}

// tooLate is how late a message may be sent that no answer held back.
const tooLate = time.Millisecond

// tooFull is the share of conns whose answers are there whenever a loop looks, if
// the server waits for it. Both wait for each other at a half.
const tooFull = 0.9

// saturated says why this process could not load the server as planned. It used
// own of its processors' time in elapsed.
func saturated(own, elapsed time.Duration, t *tally) string {
	processors := runtime.GOMAXPROCS(0)
	if share := own.Seconds() / elapsed.Seconds() / float64(processors); share > 0.9 {
		return fmt.Sprintf("the load generator used %.0f %% of its %d processors itself", 100*share, processors)
	}
	if share := float64(t.ready) / float64(max(1, t.asked)); share > tooFull {
		return fmt.Sprintf("the server waited for the load generator, which found answers on %.0f %% of its conns whenever it looked", 100*share)
	}
	if by := time.Duration(t.late.ValueAtQuantile(95)); by > tooLate {
		return fmt.Sprintf("the load generator sent one message in 20 more than %v late", by.Round(100*time.Microsecond))
	}
	return ""
}

func dial(ctx context.Context, p Plan) ([]*client, error) {
	conns := make([]*client, 0, p.Conns)
	for range p.Conns {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", p.Addr)
		if err != nil {
			hangUp(conns)
			return nil, fmt.Errorf("dial conn %d of %d: %w", len(conns)+1, p.Conns, err)
		}
		conns = append(conns, &client{Conn: c})
	}
	return conns, nil
}

// hangUp closes conns by RST, so that none waits in TIME_WAIT: a series of runs
// would use up the ports.
func hangUp(conns []*client) {
	for _, c := range conns {
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

// errWrong means that other bytes came back than were sent.
var errWrong = errors.New("wrong bytes")

// kindOf names what ended a conn.
func kindOf(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case errno.Is(err, syscall.ECONNRESET), errno.Is(err, syscall.EPIPE):
		return "reset"
	}
	return err.Error()
}
