// Package booktest has books that every report is tested with.
package booktest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"socketkata/harness/grade/book"
)

// Hostile are names and outputs that attack the programs and people that read
// reports: markup, formulas, workflow commands, terminal escapes, control and
// bidi characters, bytes that are no UTF-8, and sheer length.
var Hostile = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`]]></failure><failure message="x">&amp;&bogus;`,
	"</textarea></style></title><!--",
	`{{.}} ${{ secrets.X }} $(id) ` + "`id`" + ` ; rm -rf ~ '\''`,
	`=HYPERLINK("http://example.org","x")`, `+1+1`, `-1+1`, `@SUM(1)`, "\t=1+1", "\r=1+1", "  =1+1", "＝1＋1",
	"a\r\n::error::forged\n::stop-commands::x\n::set-output name=a::b %0A::warning::c",
	"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;http://example.org\x1b\\link",
	"\u202Egnp.exe \u2066x\u2069 \u200b\ufeff\u2028\u2029",
	"nul\x00 bel\x07 del\x7f c1\u0085\u009b31m \ufffe\uffff\U000f0000",
	"bad \xff\xfe\xc3( \xed\xa0\x80 utf-8",
	"| a | b |\n\n# head\n\n- [x](javascript:alert(1)) **b** @everyone #1",
	"../../etc/passwd", `C:\con\..\x`, ".", "",
	"a,b;\"c\"\n\"d\"",
	"名前 Ω é e\u0301 👩‍👩‍👧 עברית العربية",
	strings.Repeat("long ", 5000),
	strings.Repeat("\x1b", 20000),
	" ",
}

// Exercises are the columns of the books here.
func Exercises() []book.Exercise {
	return []book.Exercise{
		exercise("01-dial", "Reach a server", "Dial connects to the address", "A refused connection is an error", "Dial gives up when the context is done"),
		exercise("05-echo", "The echo server made right", "The server echoes every byte", "The server serves clients at the same time", "A transient Accept error costs a short pause, not the server", "The server closes after the last byte", "A client that never reads cannot make the server buffer without limit"),
		exercise("09-udpecho", "An echo of datagrams", "Each datagram is answered by one", "A datagram of the largest size is not truncated", "Serve returns when the context is done"),
	}
}

func exercise(name, title string, sentences ...string) book.Exercise {
	e := book.Exercise{Name: name, Title: title}
	for i, s := range sentences {
		q := book.Requirement{ID: fmt.Sprintf("R%d", i+1), Sentence: s, Core: i < 2, Max: 0.5}
		if q.Core {
			q.Max = 1
		}
		e.Max += q.Max
		e.Requirements = append(e.Requirements, q)
	}
	return e
}

// New returns a book in which every hostile text is a student's name, and all
// that a submission can bring into a book of another student. All states, a late
// unit and every kind of result occur in it.
func New() *book.Book {
	b := &book.Book{Version: book.Version, Plan: "plan", Sandbox: "bubblewrap", Exercises: Exercises(),
		Policy: book.Policy{Points: true, Core: 1, Hardened: 0.5, Deadline: "2026-11-20T23:59:00Z", LateFactor: 0.5}}
	states := []book.State{book.Graded, book.NotSubmitted, book.NotCompiled, book.Refused, book.Tampered, book.InfraError}
	for i, name := range Hostile {
		says := Hostile[(i+1)%len(Hostile)]
		s := book.Student{Name: name, Source: says, Older: []string{says}, Notices: []string{says}}
		for j, e := range b.Exercises {
			u := book.Unit{Exercise: e.Name, State: states[(i+j)%len(states)], Why: says, Late: (i+j)%4 == 0}
			switch u.State {
			case book.Graded:
				u.Results = results(e, says)
				u.Catch = &book.Catch{Caught: 3, Of: 9, Missed: map[string]int{says: 2}, Refused: []string{says}}
			case book.Tampered:
				u.Results = results(e, says)[:2]
			case book.NotCompiled:
				u.Output = says
			}
			for _, r := range u.Results {
				u.Points += r.Points
			}
			if u.Late {
				u.Points *= b.Policy.LateFactor
			}
			s.Units = append(s.Units, u)
		}
		b.Students = append(b.Students, s)
	}
	return b
}

// results are one that passed, one that failed, and one that was skipped.
func results(e book.Exercise, says string) []book.Result {
	all := []book.Result{
		{Requirement: "R1", Passed: true, Tier: book.Apart, Points: e.Requirements[0].Max},
		{Requirement: "R2", Tier: book.InProcess, TimedOut: true, Got: says, Want: says, Text: "first line\n" + says + "\n\nlast line"},
		{Requirement: "R3", Skipped: says},
	}
	return all
}

// Class returns a class as teachers have them, with a few hostile names in it.
func Class(n int) *book.Book {
	b := &book.Book{Version: book.Version, Plan: "plan", Sandbox: "bubblewrap", Policy: book.Policy{LateFactor: 1}}
	for i, slug := range []string{"dial", "listen", "deadline", "lines", "echo", "frames", "ctxio", "mux", "udpecho", "relay", "rooms", "tls"} {
		e := exercise(fmt.Sprintf("%02d-%s", i+1, slug), "Exercise "+slug, "The server echoes every byte", "A refused connection is an error",
			"Serve returns when the context is done", "No goroutine is left after Close", "A client that never reads cannot make the server buffer without limit")
		e.Max = 1
		for j := range e.Requirements {
			e.Requirements[j].Max = 0
		}
		b.Exercises = append(b.Exercises, e)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		s := book.Student{Name: fmt.Sprintf("%s %s", first[i%len(first)], last[i*7%len(last)]), Source: fmt.Sprintf("student-%d.zip", i)}
		if i%5 == 3 {
			s.Name = Hostile[i%len(Hostile)]
		}
		for j, e := range b.Exercises {
			s.Units = append(s.Units, answer(r, e, 1-float64(i%7)/9-float64(j)/30))
		}
		b.Students = append(b.Students, s)
	}
	return b
}

var (
	first = []string{"Alder", "Birch", "Cedar", "Elder", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Rowan", "Willow"}
	last  = []string{"Harbour", "Bridge", "Mill", "Market", "Station", "Church", "Park", "Tower", "Quay", "Gate", "Hill", "Upper-Market Square and Old Harbour"}
)

// answer is a unit of a student who passes a requirement with chance p.
func answer(r *rand.Rand, e book.Exercise, p float64) book.Unit {
	u := book.Unit{Exercise: e.Name, State: book.Graded, Complete: true, Late: r.IntN(12) == 0}
	switch r.IntN(28) {
	case 0:
		return book.Unit{Exercise: e.Name, State: book.NotSubmitted}
	case 1:
		return book.Unit{Exercise: e.Name, State: book.NotCompiled, Why: "echo.go:12:2: undefined: conn", Output: "./echo.go:12:2: undefined: conn\n./echo.go:15:7: undefined: err"}
	case 2:
		return book.Unit{Exercise: e.Name, State: []book.State{book.Refused, book.Tampered, book.InfraError}[r.IntN(3)], Why: "echo.go:3 imports unsafe, which this exercise does not allow"}
	}
	for i, q := range e.Requirements {
		res := book.Result{Requirement: q.ID, Passed: r.Float64() < p+0.25-float64(i)/12, Tier: book.Apart}
		if !res.Passed {
			u.Complete = u.Complete && !q.Core
			res.Got, res.Want = `"hel"`, `"hello\n"`
			res.Text = "got   \"hel\"\nwant  \"hello\\n\"\n\nclient 1          Serve\n   |-- \"hello\\n\" -->|  0.1ms\n   |<-- \"hel\" ------|  0.3ms\n"
		}
		u.Results = append(u.Results, res)
	}
	if u.Complete {
		u.Points = 1
	}
	return u
}
