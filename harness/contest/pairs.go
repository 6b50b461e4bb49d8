package contest

import (
	"context"
	"errors"
	"fmt"

	"socketkata/harness/load"
)

var errBusy = errors.New("this machine is too busy to measure anything: try again when it has nothing else to do")

// play measures pairs until they decide. A pair in which one of the servers
// answered nothing in time says nothing but that the machine is busy.
func (m *match) play(ctx context.Context) error {
	for turn := 0; len(m.pairs) < m.o.Pairs; turn++ {
		if turn == 2*m.o.Pairs {
			return errBusy
		}
		var throughput [2]float64
		for i := range 2 {
			which := (turn + i) % 2 // A B, B A, A B: nobody is always second
			s := m.sides[which]
			r, cpu, err := s.load(ctx, m.conns, m.o.Segment)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if r.Failed() == m.conns {
				return fmt.Errorf("%s serves nobody: %s", s.name, kinds(r.Errors))
			}
			throughput[which] = r.PerSecond()
			s.add(r, cpu)
			m.note(s, m.conns, r)
			m.own += r.Own
		}
		if throughput[0] == 0 || throughput[1] == 0 {
			continue
		}
		m.pairs = append(m.pairs, throughput[0]/throughput[1])
		r, over := decide(m.pairs)
		if over {
			return nil
		}
		if len(m.pairs)%tell == 0 {
			m.o.Printf("  after %3d pairs: your server does %.2f times as much (%.2f to %.2f)\n", len(m.pairs), r.Mean, r.Low, r.High)
		}
	}
	return nil
}

// A saturation is how often the generator could not do more over some conns.
type saturation struct {
	times, all int // measurements
	why        string
}

// note keeps what a measurement over n conns says about the generator and the
// conns.
func (m *match) note(s *side, n int, r load.Result) {
	at := m.saturated[n]
	if at == nil {
		at = &saturation{}
		m.saturated[n] = at
	}
	if at.all++; r.Saturated != "" {
		at.times, at.why = at.times+1, r.Saturated
	}
	for kind, failed := range r.Errors {
		s.errors[kind+" over "+conns(n)] += failed
	}
}
