// It overflows the stack, which no recover catches.
//
// Listed: graded
// Unlisted: graded

package echo

func attack() { attack2(0) }

func attack2(n int) int { return attack2(n+1) + 1 }
