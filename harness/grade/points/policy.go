package points

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"socketkata/harness/grade/book"
)

// A File is a policy as an instructor writes it:
//
//	{"points": true, "core": 2, "hardened": 1,
//	 "deadline": "2026-12-01T23:59:00+01:00", "lateFactor": 0.5,
//	 "limit": "90s"}
//
// What is left out is as in [Default].
type File struct {
	Policy book.Policy
	// Limit is how long one requirement may take; 0 leaves it to the harness.
	Limit time.Duration
}

// Load reads a policy. Without a file it is the default.
func Load(file string) (File, error) {
	p := File{Policy: Default()}
	if file == "" {
		return p, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return p, fmt.Errorf("read the policy: %w", err)
	}
	written := struct {
		*book.Policy
		Limit string `json:"limit"`
	}{Policy: &p.Policy}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&written); err != nil {
		return p, fmt.Errorf("read the policy %s: %w", file, err)
	}
	if written.Limit != "" {
		if p.Limit, err = time.ParseDuration(written.Limit); err != nil || p.Limit < time.Second {
			return p, fmt.Errorf("read the policy %s: limit %q is no time: write 90s, for example; at least 1s", file, written.Limit)
		}
	}
	if err := check(p.Policy); err != nil {
		return p, fmt.Errorf("read the policy %s: %w", file, err)
	}
	return p, nil
}

func check(p book.Policy) error {
	switch {
	case p.Deadline != "" && badTime(p.Deadline):
		return fmt.Errorf("deadline %q is no time: write 2026-12-01T23:59:00+01:00, for example", p.Deadline)
	case p.LateFactor < 0 || p.LateFactor > 1:
		return fmt.Errorf("lateFactor %v is not between 0 (late work gets nothing) and 1 (it counts in full)", p.LateFactor)
	case p.Core < 0 || p.Hardened < 0:
		return fmt.Errorf("core %v and hardened %v: points are not negative", p.Core, p.Hardened)
	case p.Points && p.Core+p.Hardened == 0:
		return fmt.Errorf("points are asked for, and core and hardened are 0: give a core requirement points, for example \"core\": 2")
	case !p.Points && p.Core+p.Hardened > 0:
		return fmt.Errorf("core and hardened count only with \"points\": true")
	}
	return nil
}

func badTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err != nil
}

// Late reports whether something handed in then is late.
func Late(p book.Policy, at time.Time) bool {
	deadline, err := time.Parse(time.RFC3339, p.Deadline)
	return err == nil && at.After(deadline)
}

// CountAll counts the points of every unit. A requirement that could be judged
// for nobody on this machine counts for nobody: it has no points, and neither
// does the exercise for it.
func CountAll(b *book.Book) {
	for i := range b.Exercises {
		e := &b.Exercises[i]
		if b.Policy.Points {
			dropUnjudged(b, i)
		}
		for s := range b.Students {
			Count(b.Policy, *e, &b.Students[s].Units[i])
		}
	}
}

func dropUnjudged(b *book.Book, column int) {
	e := &b.Exercises[column]
	requirements := append([]book.Requirement(nil), e.Requirements...)
	e.Max = 0
	for i := range requirements {
		q := &requirements[i]
		skipped, judged := 0, 0
		for _, s := range b.Students {
			for _, r := range s.Units[column].Results {
				if r.Requirement == q.ID && r.Skipped != "" {
					skipped++
				} else if r.Requirement == q.ID {
					judged++
				}
			}
		}
		if skipped > 0 && judged == 0 {
			q.Max = 0
		}
		e.Max = book.Round(e.Max + q.Max)
	}
	e.Requirements = requirements
}
