package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// A state is what kata remembers between runs: the outcome of the last run of
// each exercise, and the hints seen.
type state struct {
	Version   int              `json:"version"`
	Exercises map[string]saved `json:"exercises"` // by name: "05-echo"

	unsafe bool // the file is there and could not be read: it must not be written over
}

const stateVersion = 1

// A saved is what is remembered of one exercise.
type saved struct {
	When         time.Time              `json:"when,omitzero"` // of the last run; zero: there was none
	Candidate    string                 `json:"candidate"`     // fingerprint of the learner's files
	Requirements map[string]savedResult `json:"requirements"`
	Hints        map[string]int         `json:"hints,omitempty"` // how many were seen, by hash of the sentence
}

// A savedResult is the outcome of one requirement. The sentence is what counts:
// another number changes nothing, another sentence is another requirement.
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

// loadState reads the state; first says that no run is in it yet. A file that
// cannot be understood is moved aside, never deleted, and said in one line;
// then the state is empty.
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
		s.unsafe = true
		k.warnOnce("your state cannot be read, so it counts as empty and is left alone: %v", err)
		return s, false
	case json.Unmarshal(text, &read) != nil || read.Version < 1:
		why = "is damaged"
	case read.Version > stateVersion:
		why = "comes from a newer version"
	case read.Exercises != nil:
		return &read, !read.anyRun()
	default:
		return s, false
	}
	aside := file + ".broken-" + stamp(time.Now())
	if err := renameNew(file, aside); err != nil {
		s.unsafe = true
		k.warnOnce(".kata/state.json %s, so it counts as empty, and it is left alone because it cannot be moved aside: %v", why, err)
		return s, false
	}
	k.warn(".kata/state.json %s: it is now .kata/%s, and your state begins empty", why, filepath.Base(aside))
	return s, false
}

func (s *state) anyRun() bool {
	for _, last := range s.Exercises {
		if last.ran() {
			return true
		}
	}
	return false
}

// ran reports whether the exercise was ever tested.
func (last saved) ran() bool { return !last.When.IsZero() }

// allGreen reports whether nothing was red or left out in the last run.
func (last saved) allGreen() bool {
	for _, q := range last.Requirements {
		if q.Status != judge.StatusPassed && q.Status != judge.StatusSkipped {
			return false
		}
	}
	return last.ran()
}

// of returns what is remembered of an exercise. An exercise is known by its
// slug, so that a new number loses nothing.
func (s *state) of(e *catalog.Exercise) saved {
	if s == nil {
		return saved{}
	}
	if last, ok := s.Exercises[e.Name]; ok {
		return last
	}
	for name, last := range s.Exercises {
		if isNumbered(name, e.Slug) {
			return last
		}
	}
	return saved{}
}

// isNumbered reports whether name is the slug with a number in front.
func isNumbered(name, slug string) bool {
	_, after, _ := strings.Cut(name, "-")
	return after == slug
}

// update changes what is remembered of one exercise. It reads the state again,
// because another run may have written meanwhile.
func (k *kata) update(e *catalog.Exercise, change func(*saved)) {
	s, _ := k.loadState(e.Root())
	if s.unsafe {
		return
	}
	last := s.of(e)
	change(&last)
	maps.DeleteFunc(s.Exercises, func(name string, _ saved) bool { return isNumbered(name, e.Slug) })
	s.Exercises[e.Name] = last
	if err := saveState(e.Root(), s); err != nil {
		k.warnOnce("your state is not saved: %v", err)
	}
}

// forget begins an exercise anew. It reports whether there was a result.
func (k *kata) forget(e *catalog.Exercise) bool {
	s, _ := k.loadState(e.Root())
	last := s.of(e)
	if last.ran() || len(last.Hints) > 0 {
		k.update(e, func(last *saved) { *last = saved{} })
	}
	return last.ran()
}

// remember writes down a run.
func (k *kata) remember(e *catalog.Exercise, fingerprint string, r judge.Result) {
	k.update(e, func(last *saved) {
		last.When, last.Candidate = time.Now().UTC().Truncate(time.Second), fingerprint
		last.Requirements = map[string]savedResult{}
		for _, q := range r.Requirements {
			last.Requirements[q.ID] = savedResult{Sentence: sentenceHash(q.Sentence), Status: q.Status}
		}
	})
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
