package main

import (
	"crypto/sha256"
	"encoding/hex"
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

// A state is what kata remembers between runs: the outcome of the last run of
// each exercise.
type state struct {
	Version   int              `json:"version"`
	Exercises map[string]saved `json:"exercises"` // by name: "05-echo"
}

const stateVersion = 1

// A saved is the last run of one exercise.
type saved struct {
	When         time.Time              `json:"when"`
	Candidate    string                 `json:"candidate"` // fingerprint of the learner's files
	Requirements map[string]savedResult `json:"requirements"`
}

// A savedResult is the outcome of one requirement. It no longer counts when
// the requirement's sentence has changed.
type savedResult struct {
	Sentence string       `json:"sentence"` // hash
	Status   judge.Status `json:"status"`
}

func sentenceHash(sentence string) string {
	sum := sha256.Sum256([]byte(sentence))
	return hex.EncodeToString(sum[:6])
}

func kataDir(root string) string   { return filepath.Join(root, ".kata") }
func stateFile(root string) string { return filepath.Join(kataDir(root), "state.json") }

// loadState reads the state. A file that cannot be understood is moved aside,
// never deleted, and said in one line; then the state is empty.
func (k *kata) loadState(root string) (s *state, first bool) {
	s = &state{Version: stateVersion, Exercises: map[string]saved{}}
	file := stateFile(root)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, true
	}
	var read state
	why := ""
	switch {
	case err != nil:
		k.warn("the state cannot be read and counts as empty: %v", err)
		return s, false
	case json.Unmarshal(text, &read) != nil || read.Version < 1:
		why = "is damaged"
	case read.Version > stateVersion:
		why = "comes from a newer version"
	case read.Exercises != nil:
		return &read, false
	default:
		return s, false
	}
	aside := file + ".broken-" + stamp(time.Now())
	if err := renameNew(file, aside); err != nil {
		k.warn(".kata/state.json %s and counts as empty; it cannot be moved aside: %v", why, err)
		return s, false
	}
	k.warn(".kata/state.json %s: it is now .kata/%s, and your state begins empty", why, filepath.Base(aside))
	return s, false
}

// remember writes down a run. It reads the state again, because another run
// may have written meanwhile.
func (k *kata) remember(c *catalog.Catalog, e *catalog.Exercise, fingerprint string, r judge.Result) {
	s, _ := k.loadState(c.Root)
	now := saved{When: time.Now().UTC().Truncate(time.Second), Candidate: fingerprint, Requirements: map[string]savedResult{}}
	for _, q := range r.Requirements {
		now.Requirements[q.ID] = savedResult{Sentence: sentenceHash(q.Sentence), Status: q.Status}
	}
	s.Exercises[e.Name] = now
	if err := saveState(c.Root, s); err != nil {
		k.warn("your state is not saved: %v", err)
	}
}

func saveState(root string, s *state) error {
	if err := makeKataDir(root); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return writeAtomically(stateFile(root), append(text, '\n'))
}

// makeKataDir makes .kata, which hides itself from git.
func makeKataDir(root string) error {
	if err := os.MkdirAll(kataDir(root), 0o755); err != nil {
		return err
	}
	ignore := filepath.Join(kataDir(root), ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	return writeAtomically(ignore, []byte("*\n"))
}

// A standing is how far a learner is with an exercise.
type standing struct {
	core, hardened tally
	tested         bool
	firstRed       string // ID of the first requirement that failed, or did not pass
}

type tally struct{ passed, skipped, all int }

func (t tally) done() bool     { return t.passed+t.skipped == t.all }
func (t tally) String() string { return fmt.Sprintf("%d/%d", t.passed, t.all) }

func (s standing) coreDone() bool { return s.core.done() }
func (s standing) done() bool     { return s.core.done() && s.hardened.done() }

// standing sums up the last run of a loaded exercise.
func (s *state) standing(e *catalog.Exercise) standing {
	var st standing
	var last saved
	if s != nil {
		last, st.tested = s.Exercises[e.Name]
	}
	failed := false
	for _, q := range e.Requirements {
		t := &st.core
		if q.Tier == catalog.Hardened {
			t = &st.hardened
		}
		t.all++
		status := last.status(q)
		switch status {
		case judge.StatusSkipped:
			t.skipped++
			continue
		case judge.StatusPassed:
			t.passed++
			continue
		}
		if isRed := status == judge.StatusFailed; st.firstRed == "" || isRed && !failed {
			st.firstRed, failed = q.ID, isRed
		}
	}
	return st
}

// status is the outcome of a requirement in that run.
func (last saved) status(q catalog.Requirement) judge.Status {
	result, ok := last.Requirements[q.ID]
	switch {
	case q.Elsewhere:
		return judge.StatusSkipped
	case !ok || result.Sentence != sentenceHash(q.Sentence):
		return judge.StatusNotReached
	}
	return result.Status
}
