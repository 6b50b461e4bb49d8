package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// A Shard is one of N equal shares of a plan. Index counts from 1. The zero
// value is the whole plan.
type Shard struct {
	Index int `json:"index"`
	N     int `json:"n"`
}

// Whole reports whether the work is not divided.
func (s Shard) Whole() bool { return s.N == 0 }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.N) }

// maxShards is more than any engine starts.
const maxShards = 100_000

// ParseShard reads "3/8".
func ParseShard(text string) (Shard, error) {
	index, n, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	of, err2 := strconv.Atoi(n)
	if err1 != nil || err2 != nil || i < 1 || i > of || of > maxShards {
		return Shard{}, fmt.Errorf("%q is no shard: write 3/8 for the third of eight", text)
	}
	return Shard{i, of}, nil
}

// Share returns the units of a shard that have to be judged. Neighbours go to
// different shards, so that each gets its share of every student and every
// exercise.
func (p *Plan) Share(s Shard) []Unit {
	if s.Whole() {
		s = Shard{1, 1}
	}
	var share []Unit
	work := 0
	for _, u := range p.Units {
		if u.Known != nil {
			continue
		}
		if work++; (work-1)%s.N == s.Index-1 {
			share = append(share, u)
		}
	}
	return share
}
