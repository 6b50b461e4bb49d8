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
// the script failed.
func blameLimit(f *failure.Failure) {
	limit, known := leak.Limit()
	if known {
		blame(f, limit)
	}
}

func blame(f *failure.Failure, limit uint64) {
	said := strings.Join(append(f.Code, f.Got), " ")
	if limit >= enough || !strings.Contains(said, "too many open files") {
		return
	}
	f.Reason = "the test process ran out of descriptors, which is not your code's fault"
	f.Want = fmt.Sprintf("at least %d open files, and ulimit -Hn says %d: run the test in a shell with a higher limit", enough, limit)
}
