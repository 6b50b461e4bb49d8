package grade

import (
	"context"
	"fmt"
	"sync"
	"time"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/plan"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// A progress says on the terminal what was judged and how long the rest takes.
type progress struct {
	screen *terminal.Screen

	mu      sync.Mutex
	began   time.Time
	left    int
	judged  int
	columns int // width of the numbers
}

func newProgress(screen *terminal.Screen) *progress { return &progress{screen: screen} }

// begin says how much there is to do.
func (p *progress) begin(todo, kept int) {
	p.began, p.left = time.Now(), todo
	p.columns = len(fmt.Sprint(todo))
	switch {
	case kept == 0 && todo > 0:
		p.screen.Printf("%s to judge; the tests of an exercise are built with its first answer\n", wire.Count(todo, "answer"))
	case kept > 0:
		p.screen.Printf("%s judged before, under the same conditions; %d left\n", wire.Count(kept, "answer"), todo)
	}
}

// done prints a line for each unit.
func (p *progress) done(u plan.Unit, out book.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judged++
	p.screen.Printf("%*d/%d  %s  %s  %s%s\n", p.columns, p.judged, p.left, u.Exercise, terminal.Visible(short(u.Student, 40)), summary(out), p.remaining())
}

// remaining says how long the rest takes if it is like what was judged so far.
func (p *progress) remaining() string {
	rest := p.left - p.judged
	if rest == 0 || p.judged < 3 {
		return ""
	}
	each := time.Since(p.began) / time.Duration(p.judged)
	left := (each * time.Duration(rest)).Round(time.Second)
	if left >= time.Hour {
		left = left.Round(time.Minute)
	}
	return p.screen.Paint(terminal.Dim, fmt.Sprintf("  about %s left", left))
}

// end says after an interruption how to go on.
func (p *progress) end(ctx context.Context) {
	if ctx.Err() != nil && p.judged < p.left {
		p.screen.Printf("stopped after %d of %d; the same command continues there\n", p.judged, p.left)
	}
}

// summary says in a few words what was seen.
func summary(u book.Unit) string {
	if u.State != book.Graded && u.Why != "" {
		return string(u.State) + ": " + terminal.Visible(short(oneLine(u.Why), 120))
	}
	if u.State != book.Graded {
		return string(u.State)
	}
	passed := 0
	for _, r := range u.Results {
		if r.Passed {
			passed++
		}
	}
	return fmt.Sprintf("%d of %d requirements", passed, len(u.Results))
}

func short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
