package catalog

import "errors"

// ErrNoSolutions means that the folder solutions is needed and does not exist: a
// hand-out to students has none.
var ErrNoSolutions = errors.New("the solutions are not part of this hand-out")

// EX is how a learner names the exercise on a command line: "05".
func (e *Exercise) EX() string { return e.Name[:2] }

// Label is the exercise in a heading: "05 echo".
func (e *Exercise) Label() string { return e.EX() + " " + e.Slug }
