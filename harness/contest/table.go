package contest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// show prints the table, the verdict, and what a reader has to know of it.
func (m *match) show(r Ratio) {
	m.o.Printf("\n%-24s%14s%16s\n", "", m.sides[0].name, m.sides[1].name)
	m.row("messages a second", func(s *side) string { return thousands(float64(s.messages) / s.elapsed.Seconds()) })
	m.row("latency, median", func(s *side) string { return latency(s, 50) })
	m.row("latency, 99 %", func(s *side) string { return latency(s, 99) })
	m.row("processor per message", func(s *side) string {
		return known(s.cpu > 0, "%.1f µs", float64(s.cpu.Microseconds())/float64(s.messages))
	})
	m.row("memory per idle conn", func(s *side) string { return known(s.idle >= 0, "%.1f KiB", s.idle/1024) })
	m.o.Printf("\n")
	m.o.Prose(m.sentence(r))
	for _, text := range m.remarks() {
		m.o.Printf("\n")
		m.o.Prose(text)
	}
}

func (m *match) row(title string, cell func(*side) string) {
	m.o.Printf("%-24s%14s%16s\n", title, cell(m.sides[0]), cell(m.sides[1]))
}

func known(yes bool, format string, x float64) string {
	if !yes {
		return "unknown"
	}
	if text := fmt.Sprintf(format, x); !strings.HasPrefix(text, "0.0 ") {
		return text
	}
	return "under " + fmt.Sprintf(format, 0.1)
}

func latency(s *side, percent float64) string {
	d := time.Duration(s.latency.ValueAtQuantile(percent))
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// thousands writes a number as 12,345.
func thousands(x float64) string {
	digits := fmt.Sprintf("%.0f", x)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sentence says what the ratio means.
func (m *match) sentence(r Ratio) string {
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
	if m.saturated != "" {
		all = append(all, "Careful: "+m.saturated+". A faster server would not look faster here.")
	}
	if cpu := m.sides[0].cpu + m.sides[1].cpu; cpu > 0 && m.own > cpu*3/2 {
		all = append(all, fmt.Sprintf("Careful: the load generator took %.1f times as much processor time as the servers, so a difference between them shows less than it is.",
			m.own.Seconds()/cpu.Seconds()))
	}
	if len(m.errors) > 0 {
		all = append(all, "Careful: conns failed meanwhile: "+kinds(m.errors)+". A server that drops its clients may look fast.")
	}
	return all
}

// kinds lists what happened to conns, and to how many: "3 × closed, 1 × reset".
func kinds(errors map[string]int) string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(errors)) {
		all = append(all, fmt.Sprintf("%d × %s", errors[kind], kind))
	}
	return strings.Join(all, ", ")
}
