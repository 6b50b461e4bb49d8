package contest

import (
	"context"
	"fmt"
	"slices"
)

// rounds are how often your server is compared with each peer.
const rounds = 20

// meet starts the peers and measures them beside your server. A peer that cannot
// take part is left out.
func (m *match) meet(ctx context.Context) error {
	m.o.Printf("  now other people's servers are started, and measured beside yours\n")
	var guests []*side
	for _, p := range peers {
		s, err := p.start(ctx)
		switch {
		case err == nil:
			m.sides = append(m.sides, s)
			guests = append(guests, s)
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			m.missing = append(m.missing, fmt.Sprintf("%s is left out: %v.", p.name, err))
		}
	}
	return m.turns(ctx, guests)
}

// turns measures your server and the guests, there and back, so that nobody is
// always first.
func (m *match) turns(ctx context.Context, guests []*side) error {
	order := slices.Concat(m.sides[:1], guests)
	ratios := map[*side][]float64{}
	for range rounds {
		did := map[*side]float64{}
		for _, s := range order {
			r, cpu, err := s.load(ctx, m.conns, m.o.Segment)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				did[s] = r.PerSecond()
				s.add(r, cpu)
				m.note(s, m.conns, r)
			}
		}
		for _, s := range guests {
			if did[s] > 0 && did[m.sides[0]] > 0 {
				ratios[s] = append(ratios[s], did[m.sides[0]]/did[s])
			}
			if len(ratios[s]) >= enough {
				s.ratio = ratioOf(ratios[s])
			}
		}
		slices.Reverse(order)
	}
	return nil
}
