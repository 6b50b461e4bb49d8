package testrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/safefile"
)

// A Last is all that is known of the last run of an exercise. The records
// beside it lack scripts whose process died, code that does not compile, and
// what was printed.
type Last struct {
	Version   int          `json:"version"`
	When      time.Time    `json:"when"`
	Candidate string       `json:"candidate"` // fingerprint of the learner's files
	Result    judge.Result `json:"result"`
}

const lastVersion = 1

// RecordsDir is where the last run of an exercise leaves its records.
func RecordsDir(e *catalog.Exercise) string { return filepath.Join(progress.RunDir(e), "records") }

func lastFile(e *catalog.Exercise) string { return filepath.Join(progress.RunDir(e), "result.json") }

// keep saves a result for make report.
func (run *Runner) keep(e *catalog.Exercise, out Outcome) {
	text, err := json.Marshal(Last{Version: lastVersion, When: time.Now(), Candidate: out.Fingerprint, Result: out.Result})
	if err == nil {
		err = os.MkdirAll(progress.RunDir(e), 0o755)
	}
	if err == nil {
		err = safefile.Write(lastFile(e), text)
	}
	if err != nil {
		run.Warn("make report cannot show this run: %v", err)
	}
}

// Load reads the last run of an exercise. A damaged file does no harm: the next
// run writes it again.
func Load(e *catalog.Exercise) (Last, error) {
	again := "make test EX=" + e.EX()
	text, err := os.ReadFile(lastFile(e))
	if errors.Is(err, fs.ErrNotExist) {
		return Last{}, fmt.Errorf("%s has no run to report on yet: %s makes one", e.Name, again)
	}
	if err != nil {
		return Last{}, fmt.Errorf("read the last run: %w: %s writes it again", err, again)
	}
	var last Last
	if json.Unmarshal(text, &last) != nil || last.Version < 1 {
		return Last{}, fmt.Errorf("%s is damaged: %s writes it again", e.Rel(lastFile(e)), again)
	}
	if last.Version > lastVersion {
		return Last{}, fmt.Errorf("%s comes from a newer version: %s writes it again", e.Rel(lastFile(e)), again)
	}
	return last, nil
}

// LastTested returns the exercise that was tested last, nil if none was.
func LastTested(c *catalog.Catalog) *catalog.Exercise {
	var last *catalog.Exercise
	var when time.Time
	for _, e := range c.Exercises {
		info, err := os.Stat(lastFile(e))
		if err == nil && info.ModTime().After(when) {
			last, when = e, info.ModTime()
		}
	}
	return last
}
