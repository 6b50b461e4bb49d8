package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// A reader reads the submissions of one class.
type reader struct {
	root      *os.Root
	exercises []Exercise
	known     func(string) bool
}

// Read reads all submissions in dir, in order of the students' names: folders
// and archives, and folders of archives. It reads the answers to the given
// exercises; known reports whether there is an exercise of a name at all.
// Strangers are the entries of dir that are nobody's submission.
func Read(dir string, exercises []Exercise, known func(name string) bool) (all []Submission, strangers []string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the submissions: %w", err)
	}
	defer root.Close()
	entries, err := readDir(root, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("read the submissions: %w", err)
	}
	r := &reader{root, exercises, known}
	byStudent := map[string][]Submission{}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() && (name == "exercises" || exerciseName.MatchString(name) && known(name)) {
			return nil, nil, fmt.Errorf("read the submissions: %s is one submission: give the folder above it, which has a folder or an archive for each student", dir)
		}
		found := r.submissions(entry)
		if len(found) == 0 && name[0] != '.' {
			strangers = append(strangers, text(name))
		}
		for _, s := range found {
			byStudent[s.Student] = append(byStudent[s.Student], s)
		}
	}
	for _, name := range sorted(byStudent) {
		all = append(all, newestOf(byStudent[name]))
	}
	return all, strangers, nil
}

// submissions returns what an entry of the folder of all submissions is: one
// submission, or several of one student, or none.
func (r *reader) submissions(entry fs.DirEntry) []Submission {
	name := entry.Name()
	s := Submission{Student: student(name), Source: text(name)}
	switch {
	case name[0] == '.':
		return nil
	case entry.IsDir():
		return r.folder(name)
	case isArchive(name) && entry.Type().IsRegular():
		return []Submission{r.archive(s, name)}
	case isArchive(name) || entry.Type()&fs.ModeSymlink != 0:
		s.Refused = "the submission is a link or no regular file: put the folder or the archive itself there"
		return []Submission{s}
	case isOther(name):
		s.Refused = "the archive has an unknown format: hand in a zip, tar or tar.gz"
		return []Submission{s}
	}
	return nil
}

// folder reads a student's folder. If it has no exercise, its archives are the
// student's submissions.
func (r *reader) folder(name string) []Submission {
	s := Submission{Student: text(name), Source: text(name)}
	root, err := r.root.OpenRoot(name)
	if err != nil {
		s.Fault = "the folder cannot be read: " + cause(err)
		return []Submission{s}
	}
	defer root.Close()
	c := newCollector(r.exercises, r.known)
	s.settle(walk(root, c))
	c.finish(&s)
	if len(s.Work) > 0 || !s.readable() {
		return []Submission{s}
	}
	var archives []Submission
	entries, _ := readDir(root, ".") // walk has read it
	for _, entry := range entries {
		if entry.Type().IsRegular() && isArchive(entry.Name()) {
			of := Submission{Student: s.Student, Source: s.Source + "/" + text(entry.Name())}
			archives = append(archives, (&reader{root, r.exercises, r.known}).archive(of, entry.Name()))
		}
	}
	if len(archives) > 0 {
		return archives
	}
	return []Submission{s}
}

// settle notes why a submission could not be read.
func (s *Submission) settle(err error) {
	var refused refusal
	switch {
	case errors.As(err, &refused):
		s.Refused = string(refused)
	case err != nil:
		s.Fault = "the submission cannot be read: " + cause(err)
	}
}

// walk collects the files of a folder. It follows no link.
func walk(root *os.Root, c *collector) error {
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (!utf8.ValidString(name) || unrelated(path.Base(name)) || strings.Count(name, "/") > maxDepth):
			return fs.SkipDir // nothing below it would be taken
		case entry.IsDir():
			if c.entries++; c.entries > maxEntries {
				return c.add(entryOf(nil, name, entry)) // which refuses it
			}
			return nil
		}
		return c.add(entryOf(root, name, entry))
	})
}

func entryOf(root *os.Root, name string, d fs.DirEntry) entry {
	e := entry{name: name, kind: regular, open: func() (io.ReadCloser, error) { return root.Open(name) }}
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		e.kind = link
	case !d.Type().IsRegular():
		e.kind = device
	default:
		if info, err := d.Info(); err == nil {
			e.time = info.ModTime()
		}
	}
	return e
}

// readDir returns the entries of a folder by name. Unlike an fs.FS, it takes
// names that are not UTF-8.
func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	d, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// cause returns an error without the path, which is the instructor's.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
