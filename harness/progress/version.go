package progress

import (
	"encoding/json"
	"strings"
	"time"

	"socketkata/harness/judge"
)

// stateVersion 1 had exercises by name ("05-echo") and, for each requirement, a
// hash of its sentence, so that a better wording lost the result.
const stateVersion = 2

// decode reads a state of any version. The problem completes a sentence about
// the file; it is "" if there is none.
func decode(text []byte) (s *State, problem string) {
	var head struct{ Version int }
	if json.Unmarshal(text, &head) != nil || head.Version < 1 {
		return nil, "is damaged"
	}
	if head.Version > stateVersion {
		return nil, "comes from a newer version"
	}
	s = &State{Version: stateVersion}
	var err error
	if head.Version == 1 {
		err = s.readVersion1(text)
	} else {
		err = json.Unmarshal(text, s)
	}
	if err != nil {
		return nil, "is damaged"
	}
	if s.Exercises == nil {
		s.Exercises = map[string]Saved{}
	}
	return s, ""
}

type version1 struct {
	Exercises map[string]struct { // by name: "05-echo"
		When         time.Time
		Candidate    string
		Requirements map[string]struct {
			Sentence string // its hash
			Status   judge.Status
		}
		Hints map[string]int // by hash of the sentence
	}
}

// readVersion1 drops the sentences. Hints of a requirement that was never part
// of a run are dropped too: only the sentence would say which one it was.
func (s *State) readVersion1(text []byte) error {
	var old version1
	if err := json.Unmarshal(text, &old); err != nil {
		return err
	}
	s.Exercises = map[string]Saved{}
	for name, was := range old.Exercises {
		now := Saved{When: was.When, Candidate: was.Candidate, Requirements: map[string]judge.Status{}}
		for id, q := range was.Requirements {
			now.Requirements[id] = q.Status
			if seen := was.Hints[q.Sentence]; seen > 0 {
				if now.Hints == nil {
					now.Hints = map[string]int{}
				}
				now.Hints[id] = seen
			}
		}
		_, slug, _ := strings.Cut(name, "-")
		if before, ok := s.Exercises[slug]; !ok || before.When.Before(now.When) {
			s.Exercises[slug] = now
		}
	}
	return nil
}
