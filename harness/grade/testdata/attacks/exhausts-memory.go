// It takes memory until the limit, without touching it.
//
// Listed: graded
// Unlisted: graded

package echo

var kept [][]byte

func attack() {
	for range 64 {
		kept = append(kept, make([]byte, 64<<20))
	}
}
