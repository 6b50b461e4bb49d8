// It hides flags for the C compiler in a comment.
//
// Listed: refused
// Unlisted: does not compile

package echo

//go:cgo_ldflag "-Wl,-e,0"
func attack() {}
