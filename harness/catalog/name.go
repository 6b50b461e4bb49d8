package catalog

import "errors"

// ErrNoSolutions means that the folder solutions is needed and does not exist.
var ErrNoSolutions = errors.New("this copy of the repository has no solutions")

// EX is how a learner names the exercise on a command line: "05".
func (e *Exercise) EX() string { return e.Name[:2] }

// Label is the exercise in a heading: "05 echo".
func (e *Exercise) Label() string { return e.EX() + " " + e.Slug }
