// It declares types that contain each other, to kill a checker.
//
// Listed: does not compile
// Unlisted: does not compile

package echo

func attack() {}

type a struct{ b }

type b struct{ a }

type c[T any] struct{ next *c[c[T]] }

var _ c[int]
