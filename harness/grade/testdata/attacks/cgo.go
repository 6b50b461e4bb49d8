// It brings C code that runs before main.
//
// Listed: refused
// Unlisted: does not compile

package echo

import (
	"C"
)

// static void __attribute__((constructor)) f() { _exit(0); }
func attack() {}
