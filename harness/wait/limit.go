package wait

import (
	"fmt"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
)

// enough descriptors for every script of every exercise.
const enough = 1024

// blameLimit says that the test process was short of descriptors, if that is why
// the script failed: the failure says so, or an Accept has run out.
func blameLimit(f *failure.Failure, ranOut bool) {
	limit, known := leak.Limit()
	if known {
		blame(f, limit, ranOut)
	}
}

func blame(f *failure.Failure, limit uint64, ranOut bool) {
	said := strings.Join(append(f.Code, f.Got), " ")
	ranOut = ranOut || RanOut(said)
	if limit >= enough || !ranOut {
		return
	}
	f.Step = false
	f.Reason = "the test process ran out of descriptors, which is not your code's fault"
	f.Want = fmt.Sprintf("at least %d open files, and ulimit -Hn says %d: run the test in a shell with a higher limit", enough, limit)
}

// RanOut reports whether the text of an error says that descriptors are missing.
func RanOut(said string) bool { return strings.Contains(said, "too many open files") }
