package main

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
)

// A lastRun is all that is known of the last run of an exercise. It lies
// beside that run's records, which say nothing of a script whose process died,
// of code that does not compile, and of what was printed.
type lastRun struct {
	Version   int          `json:"version"`
	When      time.Time    `json:"when"`
	Candidate string       `json:"candidate"` // fingerprint of the learner's files
	Result    judge.Result `json:"result"`
}

const lastRunVersion = 1

func lastRunFile(e *catalog.Exercise) string { return filepath.Join(runDir(e), "result.json") }

// keepRun writes down a run for whoever shows it later.
func (k *kata) keepRun(e *catalog.Exercise, fingerprint string, r judge.Result) {
	text, err := json.Marshal(lastRun{Version: lastRunVersion, When: time.Now(), Candidate: fingerprint, Result: r})
	if err == nil {
		err = os.MkdirAll(runDir(e), 0o755)
	}
	if err == nil {
		err = writeAtomically(lastRunFile(e), text)
	}
	if err != nil {
		k.warn("this run is not kept for make report: %v", err)
	}
}

// loadRun reads the last run of an exercise. It holds nothing that another run
// would not write again, so a file that cannot be understood is no loss.
func loadRun(e *catalog.Exercise) (lastRun, error) {
	again := "make test EX=" + number(e)
	text, err := os.ReadFile(lastRunFile(e))
	if errors.Is(err, fs.ErrNotExist) {
		return lastRun{}, fmt.Errorf("%s has no run to report on yet: %s makes one", e.Name, again)
	}
	if err != nil {
		return lastRun{}, fmt.Errorf("read the last run: %w: %s writes it anew", err, again)
	}
	var last lastRun
	if json.Unmarshal(text, &last) != nil || last.Version < 1 {
		return lastRun{}, fmt.Errorf("%s is damaged: %s writes it anew", e.Rel(lastRunFile(e)), again)
	}
	if last.Version > lastRunVersion {
		return lastRun{}, fmt.Errorf("%s comes from a newer version: %s writes it anew", e.Rel(lastRunFile(e)), again)
	}
	return last, nil
}

// lastTested returns the exercise that was tested last, nil if none was.
func lastTested(c *catalog.Catalog) *catalog.Exercise {
	var last *catalog.Exercise
	var when time.Time
	for _, e := range c.Exercises {
		info, err := os.Stat(lastRunFile(e))
		if err == nil && info.ModTime().After(when) {
			last, when = e, info.ModTime()
		}
	}
	return last
}
