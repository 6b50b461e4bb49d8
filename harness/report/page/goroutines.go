package page

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// goroutines is the picture of where the learner's goroutines were when a step
// gave up: a bar for each place, from the moment they got there to the end of
// the script.
type goroutines struct {
	Head  string // "3 goroutines of yours"
	Bars  []bar
	Total string // the time of the whole width, "" if nothing is known
}

// A bar is goroutines that were at one place, for one reason, with one start.
type bar struct {
	ID             int
	Who, Stands    string // "Serve", "blocked in Read at echo.go:21"
	State, Started string // "IO wait", "echo.go:14"; "" for a call of the script
	Times          string // "× 3", "" for one
	For            string
	Frames         []string
	X, Width, Says string // of the bar

	longest time.Duration
	number  int
}

func newGoroutines(r record.Record, n *numbering) *goroutines {
	if len(r.Goroutines) == 0 {
		return nil
	}
	g := &goroutines{Bars: groups(r.Goroutines), Head: wire.Count(len(r.Goroutines), "goroutine") + " of yours"}
	longest := slices.MaxFunc(g.Bars, func(a, b bar) int { return cmp.Compare(a.longest, b.longest) }).longest
	total := max(r.Elapsed, longest)
	if longest > 0 {
		g.Total = clock(total)
	}
	for i := range g.Bars {
		b := &g.Bars[i]
		b.ID = n.next()
		b.For = "seen once"
		if b.longest > 0 {
			share := max(100*float64(b.longest)/float64(total), 1)
			b.X, b.Width = fmt.Sprintf("%.1f%%", 100-share), fmt.Sprintf("%.1f%%", share)
			b.For = "for " + clock(b.longest)
			b.Says = fmt.Sprintf("there for the last %s of %s", clock(b.longest), g.Total)
		}
		if b.number > 1 {
			b.Times = fmt.Sprintf("× %d", b.number)
		}
	}
	return g
}

// groups joins goroutines at one place: the calls of the script first, then
// those that were there longest.
func groups(all []record.Goroutine) []bar {
	var bars []bar
	for _, g := range all {
		i := slices.IndexFunc(bars, func(b bar) bool {
			return b.Stands == g.Stands && b.State == g.State && b.Started == g.Started && slices.Equal(b.Frames, g.Frames)
		})
		if i < 0 {
			i = len(bars)
			who := cmp.Or(g.Call, "a goroutine")
			bars = append(bars, bar{Who: who, Stands: g.Stands, State: g.State, Started: g.Started, Frames: g.Frames})
		}
		bars[i].number++
		bars[i].longest = max(bars[i].longest, g.For)
	}
	slices.SortStableFunc(bars, func(a, b bar) int {
		if (a.Started == "") != (b.Started == "") {
			return cmp.Compare(a.Started, b.Started) // a call was started nowhere
		}
		return cmp.Compare(b.longest, a.longest)
	})
	return bars
}
