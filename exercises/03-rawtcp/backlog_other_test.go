//go:build unix && !linux

package rawtcp_test

import "socketkata/harness/peer"

// fullBacklog skips the script: other systems do not show how many clients
// wait, or let in more than the backlog.
func fullBacklog(b *peer.Bench) listener {
	b.Helper()
	b.Skip("only Linux is known to leave a client of a full backlog without an answer")
	return listener{}
}

// expectNoneInherited shows nothing without a full backlog.
func expectNoneInherited(*peer.Bench, listener) {}

// hasUserTimeout is false: other systems do not have that time limit.
func hasUserTimeout(int) bool { return false }
