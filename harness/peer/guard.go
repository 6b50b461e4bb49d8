package peer

import (
	"fmt"
	"os"
	"testing"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
)

// startGuard ends the process when a script is still running long after every
// step of it should have given up. That happens when code of the subject runs
// on the script's own goroutine, or stands in the way of virtual time (a
// goroutine that waits for a mutex or never waits at all). Nothing else can
// stop such code. The caller stops the guard.
func startGuard(t *testing.T, head failure.Failure, pkg string, before map[uint64]bool) *time.Timer {
	limit := stretched(scriptLimit)
	if head.Arena == string(Virtual) {
		limit = stretched(virtualLimit)
	}
	return time.AfterFunc(limit, func() {
		f := head
		f.Symptom = failure.NeverReturned
		f.Reason = "your code does not stand in the way of the test"
		f.Got = fmt.Sprintf("the test has not ended after %v", limit)
		f.Want = "every call returns"
		for _, g := range leak.Of(leak.Goroutines(), pkg) {
			if before[g.ID] {
				continue
			}
			if g.Runs() {
				f.Symptom = failure.Spin
			}
			if len(f.Code) < codeRows {
				f.Code = append(f.Code, "a goroutine is "+g.Where(pkg))
			}
		}
		t.Attr(failure.AttrFailure, f.Encode())
		fmt.Fprintln(os.Stdout, text(f))
		os.Exit(1)
	})
}
