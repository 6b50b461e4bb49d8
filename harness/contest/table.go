package contest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"socketkata/harness/contest/picture"
)

// A column is a figure of each server.
type column struct {
	head  [2]string
	width int
	cell  func(*side) string
}

func (m *match) columns() []column {
	all := []column{
		{[2]string{"messages", "a second"}, 9, func(s *side) string { return picture.Thousands(s.perSecond()) }},
		{[2]string{"latency", "median"}, 9, func(s *side) string { return latency(s.quantile(50)) }},
		{[2]string{"latency", "99 %"}, 9, func(s *side) string { return latency(s.quantile(99)) }},
		{[2]string{"processor", "a message"}, 11, func(s *side) string {
			return known(s.cpu > 0, "%.1f µs", float64(s.cpu.Microseconds())/float64(s.messages))
		}},
		{[2]string{"memory per", "idle conn"}, 11, func(s *side) string { return known(s.idle >= 0, "%.1f KiB", s.idle/1024) }},
	}
	if m.o.Peers {
		all = append(all, column{[2]string{"your server:", "times as many"}, 18, func(s *side) string { return s.ratio.String() }})
	}
	return all
}

// show prints the table, the verdict, and what a reader has to know of it.
func (m *match) show() {
	columns := m.columns()
	m.o.Printf("\n")
	for line := range 2 {
		m.o.Printf("%-13s", "")
		for _, c := range columns {
			m.o.Printf("%*s", c.width, c.head[line])
		}
		m.o.Printf("\n")
	}
	for _, s := range m.sides {
		m.o.Printf("%-13s", s.name)
		for _, c := range columns {
			m.o.Printf("%*s", c.width, c.cell(s))
		}
		m.o.Printf("\n")
	}
	m.o.Printf("\n")
	m.o.Prose(m.sentence())
	if m.o.Peers {
		m.o.Printf("\n")
		m.o.Prose(fmt.Sprintf("The last column says how many times as many messages your server echoes as each other one, and between which figures that is with 99.9 %% certainty, after %d measurements of each.", rounds))
	}
	for _, text := range m.remarks() {
		m.o.Printf("\n")
		m.o.Prose(text)
	}
}

func known(yes bool, format string, x float64) string {
	if !yes {
		return "unknown"
	}
	if text := fmt.Sprintf(format, x); !strings.HasPrefix(text, "0.0 ") {
		return text
	}
	return "< " + fmt.Sprintf(format, 0.1)
}

func latency(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// conns says how many there are.
func conns(n int) string {
	if n == 1 {
		return "one conn"
	}
	return picture.Thousands(float64(n)) + " conns"
}

// list says several numbers of conns: "1, 10 and 100 conns".
func list(counts []int) string {
	var all []string
	for _, n := range counts {
		all = append(all, picture.Thousands(float64(n)))
	}
	last := len(all) - 1
	if last == 0 {
		return conns(counts[0])
	}
	return strings.Join(all[:last], ", ") + " and " + all[last] + " conns"
}

// sentence says what the ratio means.
func (m *match) sentence() string {
	r := m.sides[1].ratio
	figures := fmt.Sprintf("Your server echoes %.2f times as many messages as the reference: with 99.9 %% certainty between %.2f and %.2f, after %d pairs of measurements.",
		r.Mean, r.Low, r.High, len(m.pairs))
	switch r.verdict() {
	case Faster:
		return figures + " It is faster."
	case Slower:
		return figures + " It is slower."
	case Same:
		return figures + " That is the same: nobody notices a difference below 15 %."
	}
	return figures + " That decides nothing: the machine had other work, or the difference is small. Run it again when the machine is quiet."
}

// remarks are what limits the value of the figures.
func (m *match) remarks() []string {
	var all []string
	for _, n := range slices.Sorted(maps.Keys(m.saturated)) {
		if at := m.saturated[n]; 2*at.times > at.all { // less often, it was the machine's other work
			all = append(all, fmt.Sprintf("Careful, over %s: %s. A faster server would not look faster there.", conns(n), at.why))
		}
	}
	if cpu := m.sides[0].cpu + m.sides[1].cpu; cpu > 0 && m.own > cpu*3/2 {
		all = append(all, fmt.Sprintf("Careful: the load generator took %.1f times as much processor time as the servers, so a difference between them shows less than it is.",
			m.own.Seconds()/cpu.Seconds()))
	}
	for _, s := range m.sides {
		if len(s.errors) > 0 {
			all = append(all, fmt.Sprintf("Careful: conns of %s failed meanwhile: %s. A server that drops its clients may look fast.", s.name, kinds(s.errors)))
		}
	}
	if m.limited != "" && m.counts[len(m.counts)-1] < mostConns {
		all = append(all, m.limited)
	}
	if text := noise(m.spreads); text != "" {
		all = append(all, text)
	}
	return append(all, m.missing...)
}

// noisy is how much the measurements of a point may differ, fastest by slowest, at
// half of the points. On a quiet machine it is about 1.2.
const noisy = 1.5

// noise says that the curves show more of the machine than of the servers.
func noise(spreads []float64) string {
	if len(spreads) == 0 {
		return ""
	}
	slices.Sort(spreads)
	if median := spreads[len(spreads)/2]; median > noisy {
		return fmt.Sprintf("Careful: at half of the points, the same server did %.1f times as much in one measurement as in another. The curves show the other work of this machine more than the servers.", median)
	}
	return ""
}

// kinds lists what happened to conns, and to how many: "3 × closed, 1 × reset".
func kinds(errors map[string]int) string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(errors)) {
		all = append(all, fmt.Sprintf("%d × %s", errors[kind], kind))
	}
	return strings.Join(all, ", ")
}
