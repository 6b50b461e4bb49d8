package judge

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
)

// A Candidate is a set of non-test Go files to judge.
type Candidate struct {
	Name  string
	Files map[string]string // base name → absolute path of the file to use
	// Texts are files of which there is only the text, by base name: those of a
	// mistake that is a patch. [Candidate.onDisk] writes them for the go command.
	Texts map[string]string
	// InPlace says that the files are those of the exercise's folder, so that
	// nothing has to take their place.
	InPlace bool
	// NoSolutions builds as if there were no solutions/, so that a candidate
	// cannot import the reference.
	NoSolutions bool
}

// Learner is what is in the exercise's folder now.
func Learner(e *catalog.Exercise) Candidate {
	return Candidate{Name: "your code", Files: byBase(e.LearnerFiles()), InPlace: true}
}

// Reference is the reference answer.
func Reference(e *catalog.Exercise) Candidate {
	return Candidate{Name: "reference", Files: byBase(e.Reference)}
}

// Stub is what a learner begins with.
func Stub(e *catalog.Exercise) Candidate {
	return Candidate{Name: "stub", Files: byBase(e.Stub)}
}

// Right returns the reference and the right answers in other styles.
func Right(e *catalog.Exercise) []Candidate {
	all := []Candidate{Reference(e)}
	for _, a := range e.Right {
		all = append(all, Answer(a))
	}
	return all
}

// Answer is a mistake or a right answer in another style.
func Answer(a catalog.Answer) Candidate {
	return Candidate{Name: a.Name, Texts: a.Code}
}

func byBase(paths []string) map[string]string {
	files := make(map[string]string, len(paths))
	for _, p := range paths {
		files[filepath.Base(p)] = p
	}
	return files
}

// check refuses files that the go command would not take for the candidate's Go
// code, or would silently ignore.
func (c Candidate) check() error {
	if len(c.Files)+len(c.Texts) == 0 {
		return errors.New("the candidate has no files")
	}
	for _, base := range c.bases() {
		path, onDisk := c.Files[base]
		switch {
		case base != filepath.Base(base) || strings.ContainsAny(base, `/\:`):
			return fmt.Errorf("%q is no base name of a file", base)
		case base[0] == '.' || base[0] == '_':
			return fmt.Errorf("%s: the go command ignores files with this name", base)
		case strings.HasSuffix(base, "_test.go"):
			return fmt.Errorf("%s: a candidate brings no tests", base)
		case filepath.Ext(base) != ".go":
			return fmt.Errorf("%s: a candidate is made of .go files only", base)
		case !onDisk:
			continue
		case !filepath.IsAbs(path):
			return fmt.Errorf("%s: %s is not an absolute path", base, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %s is not a regular file", base, path)
		}
	}
	return nil
}

// bases returns the base names of all files, sorted.
func (c Candidate) bases() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(c.Files)), maps.Keys(c.Texts))
	slices.Sort(names)
	return names
}

// onDisk returns the candidate with every file at a path. It writes those of
// which there is only the text into dir, which the caller removes.
func (c Candidate) onDisk(dir string) (Candidate, error) {
	if len(c.Texts) == 0 {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return c, fmt.Errorf("write %s: %w", c.Name, err)
	}
	files := make(map[string]string, len(c.Files)+len(c.Texts))
	maps.Copy(files, c.Files)
	for base, text := range c.Texts {
		files[base] = filepath.Join(dir, base)
		if err := os.WriteFile(files[base], []byte(text), 0o644); err != nil {
			return c, fmt.Errorf("write %s: %w", c.Name, err)
		}
	}
	c.Files, c.Texts = files, nil
	return c, nil
}

// text returns the contents of one file.
func (c Candidate) text(base string) (string, error) {
	if text, ok := c.Texts[base]; ok {
		return text, nil
	}
	text, err := os.ReadFile(c.Files[base])
	return string(text), err
}
