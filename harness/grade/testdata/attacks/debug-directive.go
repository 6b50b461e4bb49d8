// It changes settings of the runtime by a directive.
//
// Listed: refused
// Unlisted: graded

//go:debug panicnil=1

package echo

func attack() { panic(nil) }
