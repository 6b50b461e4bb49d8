// It nests expressions deeper than a checker can follow.
//
// Listed: graded
// Unlisted: graded

package echo

func attack() {}

var _ = (1)
