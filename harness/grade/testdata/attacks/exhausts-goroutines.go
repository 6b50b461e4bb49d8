// It starts so many goroutines that a list of them takes long.
//
// Listed: graded
// Unlisted: graded

package echo

func attack() {
	for range 50_000 {
		go func() { select {} }()
	}
}
