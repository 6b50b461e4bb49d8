// It declares a function that assembler would have to define.
//
// Listed: refused
// Unlisted: does not compile

package echo

func attack()
