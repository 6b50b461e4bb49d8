// It lets net/http do the work.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"net/http"
)

func attack() {}

var _ = http.ListenAndServe
