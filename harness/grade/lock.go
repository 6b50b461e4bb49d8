package grade

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"socketkata/harness/grade/plan"
)

// lock keeps two runs from writing the same files. The system takes the lock
// away from a run that was killed.
func lock(out string, s plan.Shard) (unlock func(), err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the reports: %w", err)
	}
	name := "book"
	if !s.Whole() {
		name = strings.TrimSuffix(s.File(), ".json")
	}
	l := flock.New(filepath.Join(out, "."+name+".lock"))
	free, err := l.TryLock()
	if err == nil && !free {
		return nil, fmt.Errorf("another kata grade writes to %s: wait until it has ended", out)
	}
	return func() { l.Close() }, nil // some network file systems have no locks
}
