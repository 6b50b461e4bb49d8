package contest

import (
	"context"
	"io"
	"math"
	"net"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"socketkata/harness/leak"
	"socketkata/harness/load"
)

// figures are what was measured of a server over a number of conns.
type figures struct {
	messages int64
	elapsed  time.Duration
	cpu      time.Duration
	latency  *hdrhistogram.Histogram

	least, most float64 // messages a second of a single measurement
}

func newFigures() *figures { return &figures{latency: load.NewHistogram(), least: math.Inf(1)} }

func (f *figures) add(r load.Result, cpu time.Duration) {
	f.messages += r.Messages
	f.elapsed += r.Elapsed
	f.cpu += cpu
	f.latency.Merge(r.Latency)
	f.least, f.most = min(f.least, r.PerSecond()), max(f.most, r.PerSecond())
}

func (f *figures) perSecond() float64 { return float64(f.messages) / f.elapsed.Seconds() }

func (f *figures) quantile(percent float64) time.Duration {
	return time.Duration(f.latency.ValueAtQuantile(percent))
}

// A side is a server with what was measured of it.
type side struct {
	*server
	label   string         // in the picture
	guest   *guest         // nil for a candidate
	about   string         // what a guest is
	ratio   Ratio          // of your server to this one, zero if unknown
	figures                // over the conns of the contest
	idle    float64        // bytes of memory for each idle conn, -1 if unknown
	curve   []*figures     // over other numbers of conns; empty where it was not measured
	errors  map[string]int // conns that failed, by what happened to them
}

func newSide(s *server, label string) *side {
	return &side{server: s, label: label, figures: *newFigures(), idle: -1, errors: map[string]int{}}
}

// load measures the server once.
func (s *side) load(ctx context.Context, conns int, d time.Duration) (r load.Result, cpu time.Duration, err error) {
	before := leak.CPUTimeOf(s.pid)
	r, err = load.Echo(ctx, load.Plan{Addr: s.addr, Conns: conns, Size: size, Pipeline: 1, Warmup: warmup, For: d, Pid: s.pid})
	if err != nil {
		return r, 0, err
	}
	cpu = time.Duration(float64(leak.CPUTimeOf(s.pid)-before) * d.Seconds() / (d + warmup).Seconds()) // without the warm-up's share
	return r, cpu, nil
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
		defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Now()) })()
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
