// It reads memory by a data race on an interface, which needs no unsafe package.
//
// Listed: graded
// Unlisted: graded

package echo

import (
	"fmt"
)

type reader interface{ read() int }

type short struct{ p *int }

type long struct{ n int }

func (s short) read() int { return *s.p }

func (l long) read() int { return l.n }

// Only reads are tried, and few: the torn value is a pointer to nowhere.
func attack() {
	var r reader = long{0}
	go func() {
		for range 1000 {
			r = long{0}
			r = short{new(int)}
		}
	}()
	defer func() { fmt.Println(recover()) }()
	for range 1000 {
		r.read()
	}
}
