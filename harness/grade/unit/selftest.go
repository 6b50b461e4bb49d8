package unit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/sandbox"
)

// An Attack is a submission that does nothing but reach for points.
type Attack struct {
	Name string
	What string // its first sentence
	code string
	// Listed is the state of its unit. Unlisted is that without the list of what
	// an answer may use, so that what is behind the list is tried, too.
	Listed, Unlisted book.State
	Slow             bool // ends only by a time limit
}

// attacked is the exercise that all attacks hand in.
const attacked = "05-echo"

// Attacks reads the attacks of the repository.
func Attacks(root string) ([]Attack, error) {
	files, err := filepath.Glob(filepath.Join(root, "harness", "grade", "testdata", "attacks", "*.go"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("find the attacks: there are none in %s", root)
	}
	var all []Attack
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read an attack: %w", err)
		}
		a := Attack{Name: strings.TrimSuffix(filepath.Base(path), ".go"), code: string(text)}
		for line := range strings.Lines(a.code) {
			text, ok := strings.CutPrefix(strings.TrimSpace(line), "// ")
			if !ok {
				continue
			}
			switch key, value, _ := strings.Cut(text, ": "); key {
			case "Listed":
				a.Listed = book.State(value)
			case "Unlisted":
				a.Unlisted = book.State(value)
			case "Slow":
				a.Slow = true
			default:
				if a.What == "" {
					a.What = text
				}
			}
		}
		if a.Listed == "" || a.Unlisted == "" {
			return nil, fmt.Errorf("read the attack %s: its header needs Listed and Unlisted", a.Name)
		}
		all = append(all, a)
	}
	return all, nil
}

// A Strength tries attacks.
type Strength struct {
	listed, unlisted *Judge
	e                *catalog.Exercise
	stub             []byte
}

// NewStrength prepares to try attacks in a sandbox. The caller closes it.
func NewStrength(ctx context.Context, c *catalog.Catalog, kind string) (*Strength, error) {
	s := &Strength{}
	var err error
	if s.e, err = c.Find(attacked); err == nil {
		err = s.e.Load()
	}
	if err != nil {
		return nil, err
	}
	if s.stub, err = os.ReadFile(s.e.Stub[0]); err != nil {
		return nil, err
	}
	// Each function of the stub attacks before it says that it is not written.
	s.stub = bytes.ReplaceAll(s.stub, []byte("\t// TODO: write this.\n"), []byte("\tattack()\n"))
	limits := sandbox.DefaultLimits()
	limits.Memory, limits.Output, limits.Processes, limits.Disk = 2<<30, 4<<20, 128, 16<<20
	o := Options{Root: c.Root, Sandbox: kind, Limit: 10 * time.Second, timeout: 20 * time.Second, limits: limits, only: []string{"R1", "R2", "R5"}}
	if s.listed, err = New(ctx, o); err != nil {
		return nil, err
	}
	o.anything = true
	if s.unlisted, err = New(ctx, o); err != nil {
		s.listed.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the trials.
func (s *Strength) Close() {
	s.listed.Close()
	s.unlisted.Close()
}

// Try tries one attack, with and without the list. It returns a sentence for
// each way in which it did not end as it should: above all, with a point.
func (s *Strength) Try(ctx context.Context, a Attack) (wrong []string, err error) {
	files := map[string]string{"attack.go": a.code}
	if strings.Contains(a.code, "\npackage echo\n") {
		files["echo.go"] = string(s.stub)
	}
	for _, way := range []struct {
		judge *Judge
		name  string
		want  book.State
	}{{s.listed, "with the list", a.Listed}, {s.unlisted, "without the list", a.Unlisted}} {
		u, err := way.judge.Judge(ctx, s.e, Answer{Files: files, Seed: 1})
		if err != nil {
			return nil, fmt.Errorf("try %s %s: %w", a.Name, way.name, err)
		}
		if u.State != way.want {
			wrong = append(wrong, fmt.Sprintf("%s it is %q and should be %q: %s", way.name, u.State, way.want, u.Why))
		}
		for _, r := range u.Results {
			if r.Passed || r.Skipped != "" {
				wrong = append(wrong, fmt.Sprintf("%s it scores %s (%s)", way.name, r.Requirement, r.Tier))
			}
		}
	}
	return wrong, nil
}
