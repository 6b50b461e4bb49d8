// It exits by a method value of an embedded logger.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"log"
)

type quiet struct{ *log.Logger }

func attack() {
	f := quiet{log.Default()}.Fatal
	f("done")
}
