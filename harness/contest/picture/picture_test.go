package picture

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"socketkata/harness/report/look"
	"socketkata/harness/report/look/dom"
)

// sample has as many servers as a picture ever has. One gave no answer over
// 1,000 conns, and one over 10.
func sample() Picture {
	p := Picture{
		Number: "15", Slug: "evloop", Title: "A loop <of your own>", When: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC),
		Verdict: "Your server echoes 0.90 times as many messages as the reference. It is slower.", Again: "make bench EX=15",
		Careful:  []string{"Over 1,000 conns there are no figures of your server: no answer in time."},
		Compared: "50 conns", Columns: []string{"messages a second", "latency median", "latency 99 %", "processor a message", "memory per idle conn", "your server does"},
		Conns: []int{1, 10, 100, 1000},
		Notes: [][]string{{"The machine", "A processor with a rather long name, 2 processors, linux/amd64."}, {"The load", "Each server is a process of its own."}},
	}
	for i, label := range []string{"yours", "reference", "goroutines", "gnet", "asyncio", "socketserver", "node"} {
		s := Server{Name: "the " + label, Label: label, Cells: []string{"123,456", "0.47 ms", "1.42 ms", "5.6 µs", "12.6 KiB", "1.25 (1.10–1.42)"}}
		for n := range 4 {
			s.Points = append(s.Points, Point{
				PerSecond: float64(20_000*(n+1) - 2000*i),
				Median:    time.Duration(math.Pow(10, float64(n))*18) * time.Microsecond,
				P99:       time.Duration(math.Pow(10, float64(n))*float64(48+i)) * time.Microsecond,
			})
		}
		p.Servers = append(p.Servers, s)
	}
	p.Servers[0].Points[3] = Point{}
	p.Servers[1].Points[1] = Point{}
	return p
}

func write(t *testing.T, p Picture) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, p))
	return b.String()
}

func parse(t *testing.T, p Picture) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(write(t, p)))
	require.NoError(t, err)
	return doc
}

// TestThePictureIsOneFile: it has no script, and nothing of it is loaded.
func TestThePictureIsOneFile(t *testing.T) {
	t.Parallel()
	doc := parse(t, sample())
	for d := range doc.Descendants() {
		require.NotContains(t, []string{"script", "img", "link", "iframe", "object", "embed", "base", "form", "of"}, d.Data)
		for _, a := range d.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src", "%s has %s", d.Data, a.Key)
			if a.Key == "href" {
				require.True(t, strings.HasPrefix(a.Val, "#"), "%s leads to %s", d.Data, a.Val)
			}
		}
	}
	css := dom.Elements(doc, "style")[0].FirstChild.Data
	require.NotContains(t, css, "url(")
	require.Equal(t, look.Policy(css, ""), dom.Attr(dom.Elements(doc, "meta")[1], "content"))
}

// TestTables: each figure that is drawn is also in a table, and a missing one is
// told there.
func TestTables(t *testing.T) {
	t.Parallel()
	tables := dom.Elements(parse(t, sample()), "table")
	require.Len(t, tables, 4)
	var rows []string
	for _, tr := range dom.Elements(tables[1], "tr") {
		rows = append(rows, strings.Join(strings.Fields(spaced(tr)), " "))
	}
	require.Equal(t, "conns 1 10 100 1,000", rows[0])
	require.Equal(t, "yours 20,000 40,000 60,000 –", rows[1])
	require.Equal(t, "reference 18,000 – 58,000 78,000", rows[2])
	require.Len(t, rows, 8)
}

func spaced(row *html.Node) string {
	var all []string
	for c := range row.ChildNodes() {
		all = append(all, dom.Text(c))
	}
	return strings.Join(all, " ")
}

// TestMissingPoint: a curve does not pass over a point that was not measured.
func TestMissingPoint(t *testing.T) {
	t.Parallel()
	c := charts(sample())[0]
	require.Len(t, c.Curves[0].Dots, 3)
	require.Equal(t, 1, strings.Count(c.Curves[0].Path, "M"))
	require.Len(t, c.Curves[1].Dots, 3)
	require.Equal(t, 2, strings.Count(c.Curves[1].Path, "M"))
	require.Equal(t, 1, strings.Count(c.Curves[1].Path, "L"))
}

// TestNothing: a picture without any figure is drawn, and without one of a
// server, too.
func TestNothing(t *testing.T) {
	t.Parallel()
	p := sample()
	for i := range p.Servers {
		clear(p.Servers[i].Points)
	}
	require.NotContains(t, write(t, p), "NaN")
	require.NotContains(t, write(t, p), "<circle")
}

// TestNamesAreApart: no name covers another, and all are beside the curves.
func TestNamesAreApart(t *testing.T) {
	t.Parallel()
	for _, c := range charts(sample()) {
		for i, a := range c.Curves {
			require.LessOrEqual(t, a.LabelY, plot.Bottom, c.ID)
			require.GreaterOrEqual(t, a.LabelY, plot.Top, c.ID)
			for _, b := range c.Curves[i+1:] {
				require.Greater(t, math.Abs(a.LabelY-b.LabelY), 12.5, "%s: %s and %s", c.ID, a.Label, b.Label)
			}
		}
	}
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{0.018: "0.018", 0.0999: "0.10", 0.05: "0.050", 0.456: "0.46", 5: "5.0", 9.99: "10", 148.2: "148", 12345: "12,345"} {
		require.Equal(t, want, milliseconds(x))
	}
}

func TestAxes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scale     func(low, high float64) axis
		low, high float64
		want      string
	}{
		{linear, 0, 78_000, "[0 20000 40000 60000 80000]"},
		{linear, 0, 100_000, "[0 20000 40000 60000 80000 100000]"},
		{linear, 0, 12_001, "[0 5000 10000 15000]"},
		{linear, 0, 1, "[0 0.2 0.4 0.6 0.8 1]"},
		{logarithmic, 0.018, 148, "[0.01 0.1 1 10 100 1000]"},
		{logarithmic, 1, 1, "[1 10]"},
	} {
		a := c.scale(c.low, c.high)
		var rounded []float64
		for _, v := range a.ticks {
			rounded = append(rounded, math.Round(v*1e6)/1e6)
		}
		require.Equal(t, c.want, fmt.Sprint(rounded))
		require.Equal(t, plot.Bottom, a.at(a.ticks[0]))
		require.Equal(t, plot.Top, a.at(a.ticks[len(a.ticks)-1]))
	}
}
