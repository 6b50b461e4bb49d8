//go:build !linux

package dial_test

import "socketkata/harness/peer"

// fullBacklog returns no address: only Linux is known to leave a dial to a full
// backlog unanswered.
func fullBacklog(*peer.Bench) (addr string, end func()) { return "", func() {} }
