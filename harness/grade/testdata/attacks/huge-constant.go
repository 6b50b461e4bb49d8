// It computes a constant of millions of digits.
//
// Listed: does not compile
// Unlisted: does not compile

package echo

func attack() {}

const huge = 1 << 100000 << 100000 << 100000

var _ = huge
