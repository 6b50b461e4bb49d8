// It imports the bench, to make its checks weaker.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"socketkata/harness/peer"
)

func attack() {}

var _ = peer.Memory
