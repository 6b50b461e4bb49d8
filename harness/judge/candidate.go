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
	// InPlace says that the files are those of the exercise's folder, so that
	// nothing has to take their place.
	InPlace bool
	// NoSolutions builds as if there were no solutions/, so that a candidate
	// cannot import the reference.
	NoSolutions bool
}

// Learner is what stands in the exercise's folder now.
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

// WrongOrRight is the reference with one of the exercise's variants in place
// of its main file.
func WrongOrRight(e *catalog.Exercise, v catalog.Variant) Candidate {
	files := byBase(e.Reference)
	files[e.Slug+".go"] = v.File
	return Candidate{Name: v.Name, Files: files}
}

func byBase(paths []string) map[string]string {
	files := make(map[string]string, len(paths))
	for _, p := range paths {
		files[filepath.Base(p)] = p
	}
	return files
}

// check refuses what the go command would take for something else than the
// candidate's Go code, or would ignore in silence.
func (c Candidate) check() error {
	if len(c.Files) == 0 {
		return errors.New("the candidate has no files")
	}
	for _, base := range slices.Sorted(maps.Keys(c.Files)) {
		path := c.Files[base]
		switch {
		case base != filepath.Base(base) || strings.ContainsAny(base, `/\:`):
			return fmt.Errorf("%q is no base name of a file", base)
		case base[0] == '.' || base[0] == '_':
			return fmt.Errorf("%s: the go command ignores files with this name", base)
		case strings.HasSuffix(base, "_test.go"):
			return fmt.Errorf("%s: a candidate brings no tests", base)
		case filepath.Ext(base) != ".go":
			return fmt.Errorf("%s: a candidate is made of .go files only", base)
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
