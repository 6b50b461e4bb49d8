package contest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"socketkata/harness/contest/picture"
	"socketkata/harness/safefile"
	"socketkata/harness/terminal"
)

// draw writes the picture and says where it is.
func (m *match) draw() error {
	if err := os.MkdirAll(filepath.Dir(m.o.File), 0o755); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	var html bytes.Buffer
	if err := picture.Write(&html, m.picture()); err != nil {
		return err
	}
	if err := safefile.Write(m.o.File, html.Bytes()); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	m.o.Printf("\nThe picture: %s\n", terminal.Visible(terminal.Here(m.o.File)))
	return nil
}

func (m *match) picture() picture.Picture {
	number, slug, _ := strings.Cut(m.e.Name, "-")
	p := picture.Picture{Number: number, Slug: slug, Title: m.e.Title, When: m.begin, Verdict: m.sentence(),
		Again: "make bench EX=" + m.e.EX(), Careful: m.remarks(), Compared: conns(m.conns), Conns: m.counts, Notes: m.notes()}
	for _, c := range m.columns() {
		p.Columns = append(p.Columns, strings.Join(c.head[:], " "))
	}
	for _, s := range m.sides {
		p.Servers = append(p.Servers, m.drawn(s))
	}
	return p
}

func (m *match) drawn(s *side) picture.Server {
	d := picture.Server{Name: s.name, Label: s.label, Points: make([]picture.Point, len(m.counts))}
	for _, c := range m.columns() {
		d.Cells = append(d.Cells, c.cell(s))
	}
	for i, f := range s.curve {
		if f.messages > 0 {
			d.Points[i] = picture.Point{PerSecond: f.perSecond(), Median: f.quantile(50), P99: f.quantile(99)}
		}
	}
	return d
}

// notes say how the figures came about.
func (m *match) notes() [][]string {
	all := [][]string{
		{"The machine", m.machine},
		{"The load", fmt.Sprintf("Each server is a process of its own. It echoes messages of %d bytes over loopback. Each conn sends its next message when it has the answer to the last one, and latency is the time between the two.", size)},
		{"The verdict", fmt.Sprintf("Your server and the reference took turns over %s: %d pairs of measurements, %v each. Only the ratio of a pair counts.", conns(m.conns), len(m.pairs), m.o.Segment)},
	}
	if len(m.counts) > 1 {
		all = append(all, []string{"The curves", fmt.Sprintf("Each server ran four times for %v over each number of conns, in this order and in the opposite one.", m.o.Segment)})
	} else {
		all = append(all, []string{"The curves", "The servers of this exercise serve one client after the other, so there is one conn."})
	}
	if m.o.Peers {
		all = append(all, []string{"Other people's servers", fmt.Sprintf("Your server and they took turns over %s, %d times for %v, there and back. The last column of the first table says how many times as many messages your server echoes, and between which figures that is with 99.9 %% certainty.",
			conns(m.conns), rounds, m.o.Segment)})
	}
	for _, s := range m.sides {
		if s.about != "" {
			all = append(all, []string{s.name, s.about + "."})
		}
	}
	if m.limited != "" {
		all = append(all, []string{"Descriptors", m.limited})
	}
	return all
}

// machine says in a sentence what the figures are those of.
func machine() string {
	parts := []string{fmt.Sprintf("%d processors", runtime.NumCPU()), runtime.GOOS + "/" + runtime.GOARCH, runtime.Version()}
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpu)) {
		if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			parts = append([]string{strings.TrimSpace(model)}, parts...)
			break
		}
	}
	text := strings.Join(parts, ", ") + "."
	load, _ := os.ReadFile("/proc/loadavg")
	if one, _, ok := strings.Cut(string(load), " "); ok {
		text += " Its load average was " + one + " at the beginning."
	}
	return text
}
