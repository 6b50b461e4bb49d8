// Package progress is what kata remembers of a learner's work in .kata: which
// requirements passed, which hints were seen, which exercise is next, and the
// files that a reset replaced.
//
// A result belongs to the slug of an exercise and the R-number of a
// requirement. Both are permanent: an exercise may get another number and a
// requirement another wording without losing a result.
package progress

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/diagnose"
	"socketkata/harness/judge"
	"socketkata/harness/safefile"
	"socketkata/harness/terminal"
)

// A State has the last result of each exercise, and the hints seen.
type State struct {
	Version   int              `json:"version"`
	Exercises map[string]Saved `json:"exercises"` // by slug: "echo"

	unsafe bool // the file exists and could not be read: it must not be overwritten
}

// A Saved is what is remembered of one exercise.
type Saved struct {
	When         time.Time               `json:"when,omitzero"`      // of the last run; zero: there was none
	Candidate    string                  `json:"candidate"`          // fingerprint of the learner's files
	Requirements map[string]judge.Status `json:"requirements"`       // by R-number
	Hints        map[string]int          `json:"hints,omitempty"`    // how many were seen, by R-number
	Mistakes     []string                `json:"mistakes,omitempty"` // known ones that any run looked like, by name
}

func stateFile(root string) string { return filepath.Join(Dir(root), "state.json") }

// Load reads the state; first reports that it has no run yet. A damaged file is
// moved aside, never deleted, with a warning; then the state is empty.
func Load(screen *terminal.Screen, root string) (s *State, first bool) {
	s = &State{Version: stateVersion, Exercises: map[string]Saved{}}
	file := stateFile(root)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, true
	}
	if err != nil {
		s.unsafe = true
		screen.WarnOnce("your progress cannot be read, so kata starts from nothing and leaves the file alone: %v", err)
		return s, false
	}
	read, problem := decode(text)
	if problem == "" {
		return read, !read.anyRun()
	}
	aside := file + ".broken-" + stamp(time.Now())
	if err := renameNew(file, aside); err != nil {
		s.unsafe = true
		screen.WarnOnce(".kata/state.json %s, so kata starts from nothing; the file stays because it cannot be moved aside: %v", problem, err)
		return s, false
	}
	screen.Warn(".kata/state.json %s: it is now .kata/%s, and your progress starts empty", problem, filepath.Base(aside))
	return s, false
}

func (s *State) anyRun() bool {
	for _, last := range s.Exercises {
		if last.Ran() {
			return true
		}
	}
	return false
}

// Ran reports whether the exercise was ever tested.
func (last Saved) Ran() bool { return !last.When.IsZero() }

// Of returns what is remembered of an exercise.
func (s *State) Of(e *catalog.Exercise) Saved {
	if s == nil {
		return Saved{}
	}
	return s.Exercises[e.Slug]
}

// update changes what is remembered of one exercise. It reads the state again,
// because another run may have written it in the meantime.
func update(screen *terminal.Screen, e *catalog.Exercise, change func(*Saved)) {
	s, _ := Load(screen, e.Root())
	if s.unsafe {
		return
	}
	last := s.Of(e)
	change(&last)
	s.Exercises[e.Slug] = last
	if err := s.save(e.Root()); err != nil {
		screen.WarnOnce("your progress is not saved: %v", err)
	}
}

// Remember saves the result of a run.
func Remember(screen *terminal.Screen, e *catalog.Exercise, fingerprint string, r judge.Result) {
	update(screen, e, func(last *Saved) {
		last.When, last.Candidate = time.Now().UTC().Truncate(time.Second), fingerprint
		last.Requirements = map[string]judge.Status{}
		for _, q := range r.Requirements {
			last.Requirements[q.ID] = q.Status
		}
		if m := diagnose.Likely(e, r); m != nil && !slices.Contains(last.Mistakes, m.Name) {
			last.Mistakes = append(last.Mistakes, m.Name)
		}
	})
}

// RememberHints saves how many hints of a requirement were seen.
func RememberHints(screen *terminal.Screen, e *catalog.Exercise, requirement string, seen int) {
	update(screen, e, func(last *Saved) {
		if last.Hints == nil {
			last.Hints = map[string]int{}
		}
		last.Hints[requirement] = seen
	})
}

// forget removes what is remembered of an exercise. It reports whether there
// was a result.
func forget(screen *terminal.Screen, e *catalog.Exercise) bool {
	s, _ := Load(screen, e.Root())
	last := s.Of(e)
	if last.Ran() || len(last.Hints) > 0 {
		update(screen, e, func(last *Saved) { *last = Saved{} })
	}
	return last.Ran()
}

func (s *State) save(root string) error {
	if err := MakeDir(root); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return safefile.Write(stateFile(root), append(text, '\n'))
}
