package plan

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/grade/book"
)

// A Part is what one shard has seen. It holds the whole plan, so that the parts
// can be joined where no submission is.
type Part struct {
	Shard    Shard    `json:"shard"`
	Plan     Plan     `json:"plan"`
	Outcomes []Judged `json:"outcomes"`
}

// A Judged is the outcome of one unit.
type Judged struct {
	Student string    `json:"student"`
	Unit    book.Unit `json:"unit"`
}

// File returns the name of the part's file in the folder of the reports.
func (s Shard) File() string { return fmt.Sprintf("shard-%d-of-%d.json", s.Index, s.N) }

// Merge joins the parts in dir. The error says why they do not belong together.
// Missing says what is not there, one sentence each: its units are infra_error
// in the book.
func Merge(dir string) (b *book.Book, missing []string, err error) {
	parts, err := readParts(dir)
	if err != nil {
		return nil, nil, err
	}
	first := parts[0]
	outcomes := map[[2]string]book.Unit{}
	for _, p := range parts {
		if err := p.fits(first); err != nil {
			return nil, nil, err
		}
		if err := p.collect(outcomes, &missing); err != nil {
			return nil, nil, err
		}
	}
	for i := 1; i <= first.Shard.N; i++ {
		s := Shard{i, first.Shard.N}
		if !slices.ContainsFunc(parts, func(p Part) bool { return p.Shard == s }) {
			missing = append(missing, fmt.Sprintf("shard %s is missing: there is no %s in %s", s, s.File(), dir))
		}
	}
	return first.Plan.Fill(outcomes, func(Unit) string { return "the shard that judges it is missing" }), missing, nil
}

func readParts(dir string) ([]Part, error) {
	files, err := filepath.Glob(filepath.Join(dir, "shard-*-of-*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("merge: there is no shard-1-of-*.json in %s: give the folder that the shards wrote to", dir)
	}
	var parts []Part
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
		var p Part
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, fmt.Errorf("merge: %s is damaged: grade that shard again: %w", file, err)
		}
		if filepath.Base(file) != p.Shard.File() {
			return nil, fmt.Errorf("merge: %s holds shard %s: it was renamed", file, p.Shard)
		}
		if p.Plan.Book.Version != book.Version {
			return nil, fmt.Errorf("merge: %s has format %d and this program reads %d: grade that shard again", file, p.Plan.Book.Version, book.Version)
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b Part) int { return a.Shard.Index - b.Shard.Index })
	return parts, nil
}

// fits reports whether a part belongs to the same grading as the first, and was
// not changed since.
func (p Part) fits(first Part) error {
	hash, err := p.Plan.hash()
	switch {
	case err != nil:
		return err
	case hash != p.Plan.Book.Plan:
		return fmt.Errorf("merge: the plan in %s was changed by hand: grade that shard again", p.Shard.File())
	case p.Plan.Book.Plan != first.Plan.Book.Plan:
		return fmt.Errorf("merge: %s and %s graded different things%s: grade both again from the same submissions, with the same policy and program",
			first.Shard.File(), p.Shard.File(), difference(first.Plan, p.Plan))
	case p.Shard.N != first.Shard.N:
		return fmt.Errorf("merge: %s and %s divide the work differently: remove those of another run", first.Shard.File(), p.Shard.File())
	}
	return nil
}

// difference names what differs, as far as that is one thing.
func difference(a, b Plan) string {
	var what []string
	if a.Book.Sandbox != b.Book.Sandbox {
		what = append(what, fmt.Sprintf("sandbox %s and %s", a.Book.Sandbox, b.Book.Sandbox))
	}
	if a.Book.Policy != b.Book.Policy {
		what = append(what, "two policies")
	}
	if len(a.Book.Students) != len(b.Book.Students) {
		what = append(what, fmt.Sprintf("%d and %d students", len(a.Book.Students), len(b.Book.Students)))
	}
	if len(what) == 0 {
		return ""
	}
	return " (" + strings.Join(what, ", ") + ")"
}

// collect takes the outcomes of a part, which must be exactly its share.
func (p Part) collect(outcomes map[[2]string]book.Unit, missing *[]string) error {
	share := map[[2]string]bool{}
	for _, u := range p.Plan.Share(p.Shard) {
		share[u.ID()] = true
	}
	for _, j := range p.Outcomes {
		id := [2]string{j.Student, j.Unit.Exercise}
		if !share[id] {
			return fmt.Errorf("merge: %s says something of %q, %s, which is not its share or is there twice: grade that shard again", p.Shard.File(), j.Student, j.Unit.Exercise)
		}
		delete(share, id)
		outcomes[id] = j.Unit
	}
	if len(share) > 0 {
		*missing = append(*missing, fmt.Sprintf("%s says nothing of %d of its units: grade that shard again", p.Shard.File(), len(share)))
	}
	return nil
}
