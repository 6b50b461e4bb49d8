package contest

import (
	"fmt"
	"math"
)

// A Ratio is what the pairs of figures say about how much larger the first is,
// as a geometric mean with an interval that holds the truth with 99.9 %
// certainty. It is so wide because it is looked at again and again.
type Ratio struct{ Mean, Low, High float64 }

// enough pairs make a ratio: quantile is good from there on.
const enough = 8

// ratioOf takes the ratios of enough pairs. What disturbs both measurements
// of a pair cancels out, and logarithms treat half and double alike.
func ratioOf(pairs []float64) Ratio {
	n := float64(len(pairs))
	mean := 0.0
	for _, p := range pairs {
		mean += math.Log(p) / n
	}
	variance := 0.0
	for _, p := range pairs {
		variance += (math.Log(p) - mean) * (math.Log(p) - mean) / (n - 1)
	}
	half := quantile(n-1) * math.Sqrt(variance/n)
	return Ratio{Mean: math.Exp(mean), Low: math.Exp(mean - half), High: math.Exp(mean + half)}
}

// String writes the ratio with its interval, "1.02 (0.98–1.07)".
func (r Ratio) String() string {
	switch {
	case r == Ratio{}:
		return "–"
	case r.High >= 100:
		return fmt.Sprintf("%.0f (%.0f–%.0f)", r.Mean, r.Low, r.High)
	case r.High >= 10:
		return fmt.Sprintf("%.1f (%.1f–%.1f)", r.Mean, r.Low, r.High)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.Mean, r.Low, r.High)
}

// quantile returns the 99.95 % quantile of Student's t with that many degrees of
// freedom, at least enough-1, by the expansion of Cornish and Fisher (Abramowitz and
// Stegun 26.7.5).
func quantile(freedom float64) float64 {
	const z = 3.2905267 // of the normal distribution
	z3, z5, z7 := math.Pow(z, 3), math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*freedom) + (5*z5+16*z3+3*z)/(96*freedom*freedom) +
		(3*z7+19*z5+17*z3-15*z)/(384*freedom*freedom*freedom)
}

// A Verdict is what a ratio of throughputs says.
type Verdict string

const (
	Faster    Verdict = "faster"
	Slower    Verdict = "slower"
	Same      Verdict = "the same"
	Undecided Verdict = "undecided"
)

const (
	matters = 0.05 // a smaller difference is none
	equal   = 0.15 // nobody notices a difference below this
)

// verdict decides as soon as the interval allows it.
func (r Ratio) verdict() Verdict {
	switch {
	case r.Low > 1+matters:
		return Faster
	case r.High < 1-matters:
		return Slower
	case r.Low > 1-equal && r.High < 1+equal:
		return Same
	}
	return Undecided
}

// decide says what the pairs so far show. over is true if no more are needed. It
// looks at every fourth pair only: who looks often sees chance.
func decide(pairs []float64) (r Ratio, over bool) {
	if len(pairs)%4 > 0 {
		return Ratio{}, false
	}
	r = ratioOf(pairs)
	return r, len(pairs) >= fewest && r.verdict() != Undecided
}
