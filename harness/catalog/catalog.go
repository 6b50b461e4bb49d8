// Package catalog finds the exercises, their requirements, hints and known
// mistakes from the folders. There is no registry: a folder that is there is
// an exercise, and what does not keep to the conventions is an error that
// names the file, the line and what to do.
//
// [Open] reads names only and takes next to no time; [Exercise.Load] reads the
// rest of one exercise, [Load] the rest of them all.
package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Module is the module the catalog belongs to.
const Module = "socketkata"

// A Catalog is every exercise of a repository, in order of number.
type Catalog struct {
	Root      string // absolute, without symbolic links
	Exercises []*Exercise
}

// FindRoot returns the folder of the module socketkata that dir lies in.
func FindRoot(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	// The go command and the overlays must agree on one spelling of each path.
	abs, err = filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for d := abs; ; d = filepath.Dir(d) {
		if isRoot(d) {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("%s is not inside the kata repository: no go.mod of module %s in it or above it", abs, Module)
		}
	}
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?` + Module + `"?[ \t]*(//.*)?\r?$`)

func isRoot(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && moduleLine.Match(text)
}

var folderName = regexp.MustCompile(`^([0-9]{2})-([a-z][a-z0-9]*)$`)

// Open lists the exercises of the repository at root. It reads folder names
// only: everything but Number, Slug, Name and the folders stays empty until
// [Exercise.Load].
func Open(root string) (*Catalog, error) {
	root, err := FindRoot(root)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(root, "exercises"))
	if err != nil {
		return nil, fmt.Errorf("list the exercises: %w", err)
	}
	c := &Catalog{Root: root}
	var problems []error
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		e, err := c.open(entry.Name())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c.Exercises = append(c.Exercises, e)
	}
	if len(c.Exercises) == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("exercises: the folder holds no exercise"))
	}
	return c, errors.Join(problems...)
}

func (c *Catalog) open(name string) (*Exercise, error) {
	m := folderName.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("exercises/%s: name the folder with two digits, a hyphen and a package name, like 05-echo", name)
	}
	number, _ := strconv.Atoi(m[1]) // two digits
	if i := slices.IndexFunc(c.Exercises, func(e *Exercise) bool { return e.Number == number }); i >= 0 {
		return nil, fmt.Errorf("exercises/%s: the number %s is taken by %s: give one of them another", name, m[1], c.Exercises[i].Name)
	}
	// A learner's results are kept by this name, so that a new number loses none.
	if i := slices.IndexFunc(c.Exercises, func(e *Exercise) bool { return e.Slug == m[2] }); i >= 0 {
		return nil, fmt.Errorf("exercises/%s: the name %s is taken by %s: give one of them another", name, m[2], c.Exercises[i].Name)
	}
	return &Exercise{
		Number: number, Slug: m[2], Name: name, root: c.Root,
		Dir:         filepath.Join(c.Root, "exercises", name),
		SolutionDir: filepath.Join(c.Root, "solutions", name),
	}, nil
}

// Load reads the whole catalog. The error joins the problems of every
// exercise; the catalog holds the exercises without any.
func Load(root string) (*Catalog, error) {
	c, err := Open(root)
	if c == nil {
		return nil, err
	}
	problems := []error{err}
	c.Exercises = slices.DeleteFunc(c.Exercises, func(e *Exercise) bool {
		err := e.Load()
		problems = append(problems, err)
		return err != nil
	})
	return c, errors.Join(problems...)
}
