package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

const tableRow = "  %-38s %15s %15s\n"

// What is measured of each script.
func bytesTo(f record.Figures) int64         { return f.ToSubject }
func bytesFrom(f record.Figures) int64       { return f.FromSubject }
func connCount(f record.Figures) int64       { return int64(f.Conns) }
func goroutineCount(f record.Figures) int64  { return int64(f.Goroutines) }
func segmentCount(f record.Figures) int64    { return int64(f.Segments) }
func allocationCount(f record.Figures) int64 { return f.Allocations }

// A figure is a sum of medians, and whether every run gave the same.
type figure struct {
	n     int64
	exact bool
}

// sum adds up the medians of every script that both sides passed.
func (c *comparison) sum(all []record.Record, of func(record.Figures) int64) figure {
	f := figure{exact: true}
	for _, key := range c.played() {
		one := median(runs(all, key), of)
		f.n += one.n
		f.exact = f.exact && one.exact
	}
	return f
}

func median(runs []record.Record, of func(record.Figures) int64) figure {
	var values []int64
	for _, r := range runs {
		values = append(values, of(r.Figures))
	}
	slices.Sort(values)
	return figure{n: values[len(values)/2], exact: values[0] == values[len(values)-1]}
}

// played returns the scripts that both sides passed, in order.
func (c *comparison) played() []script {
	return slices.DeleteFunc(scripts(c.theirs), func(key script) bool {
		return len(runs(c.yours, key)) == 0 || len(runs(c.theirs, key)) == 0
	})
}

// runs returns the records of a script that passed.
func runs(all []record.Record, key script) []record.Record {
	return slices.DeleteFunc(slices.Clone(all), func(r record.Record) bool {
		return !r.Passed || r.Requirement != key.requirement || r.Arena != key.arena
	})
}

// times returns how often each script was played at least, with each side.
func (c *comparison) times() int {
	n := repetitions
	for _, key := range c.played() {
		n = min(n, len(runs(c.yours, key)), len(runs(c.theirs, key)))
	}
	return n
}

// showFigures shows both sides' figures in a table.
func (c *comparison) showFigures() {
	c.Section("The figures")
	if len(c.played()) == 0 {
		c.Printf("There are no figures: your code does not pass any script yet.\n")
		return
	}
	scripts := wire.Count(len(c.played()), "script")
	if n := c.times(); n > 1 {
		c.Prose(fmt.Sprintf("Sums over %s of the median of %d runs; \"about\" marks those that vary between runs.", scripts, n))
	} else {
		c.Prose(fmt.Sprintf("Sums over %s from a single run: segments and allocations may differ in the next.", scripts))
	}
	c.Printf("\n"+tableRow, "", "your code", "the reference")
	row := func(name string, of func(record.Figures) int64) (yours, theirs figure) {
		yours, theirs = c.sum(c.yours, of), c.sum(c.theirs, of)
		c.Printf(tableRow, name, yours, theirs)
		return yours, theirs
	}
	row("bytes received", bytesTo)
	row("bytes sent", bytesFrom)
	row("segments sent", segmentCount)
	yours, theirs := row("allocations, including the tests'", allocationCount)
	if conns := c.sum(c.theirs, connCount); conns.n > 1 {
		c.Printf(tableRow, fmt.Sprintf("  for each of %s", wire.Count(int(conns.n), "peer")), yours.per(conns.n), theirs.per(conns.n))
	}
	c.showGoroutines()
}

// showGoroutines shows the script with the most goroutines on either side, and
// of several the one with the most peers.
func (c *comparison) showGoroutines() {
	crowd := slices.MaxFunc(c.played(), func(a, b script) int {
		most := func(key script) int64 {
			return max(median(runs(c.yours, key), goroutineCount).n, median(runs(c.theirs, key), goroutineCount).n)
		}
		peers := func(key script) int64 { return median(runs(c.theirs, key), connCount).n }
		return cmp.Or(cmp.Compare(most(a), most(b)), cmp.Compare(peers(a), peers(b)))
	})
	yours, theirs := runs(c.yours, crowd), runs(c.theirs, crowd)
	n := median(theirs, connCount).n
	a, b := median(yours, goroutineCount), median(theirs, goroutineCount)
	c.Printf(tableRow, fmt.Sprintf("most goroutines, in %s with %s", crowd.requirement, wire.Count(int(n), "peer")), a, b)
	if n > 1 && max(a.n, b.n) >= n {
		each := func(f figure) string { return fmt.Sprintf("%.1f", float64(f.n)/float64(n)) }
		c.Printf(tableRow, "  for each of them", each(a), each(b))
	}
}

// per is the figure's share for one of n.
func (f figure) per(n int64) figure { return figure{n: (f.n + n/2) / n, exact: f.exact} }

// String writes the figure with as many digits as mean something.
func (f figure) String() string {
	if f.exact {
		return grouped(f.n)
	}
	unit := int64(1)
	for f.n/unit >= 100 {
		unit *= 10
	}
	return "about " + grouped((f.n+unit/2)/unit*unit)
}

// grouped writes a number with a comma between thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
