package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A chart is one figure of all servers over the numbers of conns, ready to be
// drawn: the curves, and the same numbers as a table.
type chart struct {
	ID, Title string
	Ticks     []tick // of the vertical axis
	Conns     []tick
	Curves    []curve
	Plot      box
}

// A box is where the curves are drawn, in the units of the viewBox.
type box struct{ Width, Height, Left, Right, Top, Bottom float64 }

// plot leaves room for numbers on the left and names on the right. A unit is a
// pixel of a narrow screen.
var plot = box{Width: 340, Height: 232, Left: 54, Right: 240, Top: 12, Bottom: 196}

// A tick is a number at an axis.
type tick struct {
	At   float64
	Text string
}

// A curve is one server's.
type curve struct {
	Class   string
	Name    string // in the table
	Label   string
	Path    string
	Dots    []dot
	LabelY  float64
	Leader  string   // the line from the last dot to the label
	Figures []string // the cells of the table
}

// Drawn returns the curves in the order in which they are drawn: the learner's
// covers the others.
func (c chart) Drawn() []curve {
	drawn := slices.Clone(c.Curves)
	slices.Reverse(drawn)
	return drawn
}

type dot struct{ X, Y float64 }

// charts returns one chart for each figure of a Point.
func charts(p Picture) []chart {
	perSecond := func(p Point) float64 { return p.PerSecond }
	median := func(p Point) float64 { return float64(p.Median) / 1e6 }
	p99 := func(p Point) float64 { return float64(p.P99) / 1e6 }
	return []chart{
		newChart(p, "throughput", "Messages a second", perSecond, linear, Thousands),
		newChart(p, "median", "Latency: median, in ms", median, logarithmic, milliseconds),
		newChart(p, "p99", "Latency: 99 % are faster, in ms", p99, logarithmic, milliseconds),
	}
}

func newChart(p Picture, id, title string, value func(Point) float64, scale func(low, high float64) axis, format func(float64) string) chart {
	low, high := math.Inf(1), 0.0
	for _, s := range p.Servers {
		for _, point := range s.Points {
			if point.known() {
				low, high = min(low, value(point)), max(high, value(point))
			}
		}
	}
	c := chart{ID: id, Title: title, Plot: plot}
	if high == 0 {
		low, high = 1, 1 // nothing was measured
	}
	y := scale(low, high)
	for _, v := range y.ticks {
		c.Ticks = append(c.Ticks, tick{y.at(v), plain(v)})
	}
	for i, n := range p.Conns {
		c.Conns = append(c.Conns, tick{across(i, len(p.Conns)), Thousands(float64(n))})
	}
	for i, s := range p.Servers {
		c.Curves = append(c.Curves, newCurve(fmt.Sprintf("s%d", i), s, value, y, format))
	}
	part(c.Curves)
	return c
}

// across returns where the i-th of n numbers of conns is.
func across(i, n int) float64 {
	const margin = 10
	if n == 1 {
		return round((plot.Left + plot.Right) / 2)
	}
	return round(plot.Left + margin + (plot.Right-plot.Left-2*margin)*float64(i)/float64(n-1))
}

func newCurve(class string, s Server, value func(Point) float64, y axis, format func(float64) string) curve {
	c := curve{Class: class, Name: s.Name, Label: s.Label}
	var path strings.Builder
	step := "M" // a point that is missing interrupts the curve
	for i, point := range s.Points {
		if !point.known() {
			c.Figures = append(c.Figures, "–")
			step = "M"
			continue
		}
		d := dot{across(i, len(s.Points)), y.at(value(point))}
		fmt.Fprintf(&path, "%s%v %v", step, d.X, d.Y)
		step = "L"
		c.Dots = append(c.Dots, d)
		c.Figures = append(c.Figures, format(value(point)))
	}
	c.Path = path.String()
	return c
}

// part moves the names apart that would cover each other, and draws a line from
// each curve to its name.
func part(curves []curve) {
	const height = 13
	var named []*curve
	for i := range curves {
		if c := &curves[i]; len(c.Dots) > 0 {
			c.LabelY = c.Dots[len(c.Dots)-1].Y
			named = append(named, c)
		}
	}
	slices.SortStableFunc(named, func(a, b *curve) int { return int(math.Copysign(1, a.LabelY-b.LabelY)) })
	for i := 1; i < len(named); i++ {
		named[i].LabelY = max(named[i].LabelY, named[i-1].LabelY+height)
	}
	bottom := plot.Bottom
	for i := len(named) - 1; i >= 0; i-- { // back up from the lower end
		named[i].LabelY = round(min(named[i].LabelY, bottom))
		bottom = named[i].LabelY - height
	}
	for _, c := range named {
		last := c.Dots[len(c.Dots)-1]
		c.Leader = fmt.Sprintf("M%v %vL%v %v", last.X, last.Y, plot.Right+6, c.LabelY)
	}
}

// An axis maps a figure to a height, and has numbers at it.
type axis struct {
	at    func(v float64) float64
	ticks []float64
}

// linear is an axis from 0.
func linear(_, high float64) axis {
	const most = 5 // ticks
	step := math.Pow(10, math.Floor(math.Log10(high/most)))
	for _, f := range []float64{2, 2.5, 2} { // 1, 2, 5, 10
		if high/step > most {
			step *= f
		}
	}
	top := math.Ceil(high/step) * step
	a := axis{at: func(v float64) float64 { return height(v / top) }}
	for v := 0.0; v <= top+step/2; v += step {
		a.ticks = append(a.ticks, v)
	}
	return a
}

// logarithmic is an axis of whole powers of ten.
func logarithmic(low, high float64) axis {
	from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	if from == to {
		to++
	}
	a := axis{at: func(v float64) float64 { return height((math.Log10(v) - from) / (to - from)) }}
	for e := from; e <= to; e++ {
		a.ticks = append(a.ticks, math.Pow(10, e))
	}
	return a
}

// height returns where a part of the axis ends.
func height(part float64) float64 { return round(plot.Bottom - part*(plot.Bottom-plot.Top)) }

func round(x float64) float64 { return math.Round(x*10) / 10 }

// Thousands writes a number as 12,345.
func Thousands(x float64) string {
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// milliseconds writes a number with two digits that count.
func milliseconds(x float64) string {
	decimals := max(0, 1-int(math.Floor(math.Log10(x*1.005)))) // 0.0996 becomes 0.10
	if decimals == 0 {
		return Thousands(x)
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

// plain writes a number at an axis.
func plain(x float64) string {
	if x >= 1 {
		return Thousands(x)
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}
