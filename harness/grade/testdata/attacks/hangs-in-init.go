// It spins for ever before the first test, and so outlives the limits of package testing.
//
// Listed: graded
// Unlisted: graded
// Slow: yes

package echo

func attack() {}

func init() {
	for {
	}
}
