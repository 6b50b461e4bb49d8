// It names its functions like those of the runtime.
//
// Listed: refused
// Unlisted: does not compile

package echo

func attack() { exit() }

//go:linkname exit runtime.main
func exit() {}
