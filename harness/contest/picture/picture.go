// Package picture writes what a contest has measured as one HTML file: curves,
// and the same figures in tables.
//
// The file needs nothing but a browser: no script, no network, no other file.
package picture

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"socketkata/harness/report/look"
)

// A Picture is what the file says.
type Picture struct {
	Number, Slug, Title string // of the exercise
	When                time.Time
	Verdict             string // a sentence
	Again               string // the command that measures again
	Careful             []string
	Compared            string     // over how many conns the servers were compared: "50 conns"
	Columns             []string   // the heads of that table
	Conns               []int      // for which there are points
	Servers             []Server   // the learner's first, then the reference
	Notes               [][]string // paragraphs about the machine and what was measured, each with its head
}

// A Server is one of those that were measured.
type Server struct {
	Name   string   // in the tables: "your server"
	Label  string   // in the curves, at most 12 letters
	Cells  []string // under Columns
	Points []Point  // one for each of Conns
}

// A Point is what a server did over one number of conns. The zero Point is one
// that could not be measured.
type Point struct {
	PerSecond   float64
	Median, P99 time.Duration
}

func (p Point) known() bool { return p != Point{} }

var (
	//go:embed style.css
	style string
	//go:embed picture.html
	text string
)

// Write writes the picture.
func Write(w io.Writer, p Picture) error {
	t, err := template.New("picture").Parse(text)
	if err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	css := look.Base + style
	view := struct {
		Picture
		Policy string
		Style  template.CSS
		Time   string
		Charts []chart
	}{p, look.Policy(css, ""), template.CSS(css), p.When.Format("2 January 2006, 15:04"), charts(p)}
	if err := t.Execute(w, view); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}
