package contest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestQuantile compares with tables of Student's t.
func TestQuantile(t *testing.T) {
	t.Parallel()
	for freedom, want := range map[float64]float64{7: 5.408, 10: 4.587, 20: 3.850, 60: 3.460, 120: 3.373} {
		require.InEpsilon(t, want, quantile(freedom), 0.01, "with %v degrees of freedom", freedom)
	}
}

func TestRatioOf(t *testing.T) {
	t.Parallel()
	r := ratioOf([]float64{2, 0.5, 2, 0.5, 2, 0.5, 2, 0.5})
	require.InDelta(t, 1, r.Mean, 1e-9, "half and double cancel out")
	require.InDelta(t, 1, r.Low*r.High, 1e-9)
	r = ratioOf([]float64{0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75})
	require.InDelta(t, 0.75, r.Low, 1e-9)
	require.InDelta(t, 0.75, r.High, 1e-9)
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, high float64
		want      Verdict
	}{
		{0.9, 1.1, Same}, {1.01, 1.1, Same}, {0.8, 1.0, Undecided}, {0.8, 1.3, Undecided}, {0.95, 1.2, Undecided},
		{1.06, 3, Faster}, {0.2, 0.94, Slower},
	} {
		require.Equal(t, c.want, Ratio{Low: c.low, High: c.high}.verdict(), "from %v to %v", c.low, c.high)
	}
}

// TestDecisions plays contests whose truth is known, with as much noise as a busy
// machine makes, and asks after every fourth pair as a contest does. A decision
// may be missing, but it must not be wrong.
func TestDecisions(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		truth   float64
		want    Verdict
		decided int // of 1000, at least
	}{{1, Same, 990}, {0.75, Slower, 990}, {1.33, Faster, 990}} {
		decided := map[Verdict]int{}
		for range 1000 {
			decided[contest(func() float64 { return c.truth * math.Exp(0.2*random.NormFloat64()) })]++
		}
		require.GreaterOrEqual(t, decided[c.want], c.decided, "%v: %v", c.truth, decided)
		require.Equal(t, 1000, decided[c.want]+decided[Undecided], "%v: %v", c.truth, decided)
	}
}

func contest(pair func() float64) Verdict {
	var pairs []float64
	for len(pairs) < most {
		pairs = append(pairs, pair())
		if r, over := decide(pairs); over {
			return r.verdict()
		}
	}
	return Undecided
}
