// It leaves goroutines spinning, to starve the tests of others.
//
// Listed: graded
// Unlisted: graded
// Slow: yes

package echo

func attack() {
	for range 4 {
		go func() {
			for {
			}
		}()
	}
}
