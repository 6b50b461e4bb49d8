// It exits by log.Fatal after printing PASS.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"fmt"
	"log"
)

func attack() {
	fmt.Println("PASS")
	log.Fatal("done")
}
