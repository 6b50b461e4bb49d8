// It starts so many goroutines that a list of them takes minutes.
//
// Listed: graded
// Unlisted: graded

package echo

func attack() {
	for range 200_000 {
		go func() { select {} }()
	}
}
