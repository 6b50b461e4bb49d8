// Package write writes a book in the formats that others read: JUnit XML,
// Gradescope, Classroom 50, PrairieLearn, GitHub Actions, and CSV for
// gradebooks.
//
// [All] writes files for a whole class. Each format is also a pure function of
// its own, for a grader that runs inside such a service.
package write

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/site"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/safefile"
)

// Options say what is written and how much of it.
type Options struct {
	Formats []string       // names of [Formats]; none means [Default]
	Detail  verdict.Detail // how much of a failure is shown; "" means all
	Roster  []byte         // a gradebook that Canvas exported, for the format canvas
	Mark    string         // a word that no submission can know, for the format github
	ID      Identity       // for the format classroom50
}

// Default are the formats that an instructor gets without asking.
var Default = []string{"html", "csv", "junit"}

// A file is one file of a report, with its path below the folder of the reports.
// With an error, there is none.
type file struct {
	path string
	text []byte
	err  error
}

// A format makes the files of one format.
type format func(class, Options) []file

// A class is what all formats are made of.
type class struct {
	book     *book.Book
	students []verdict.Student
}

var formats = map[string]format{
	"html":         html,
	"junit":        one("junit.xml", JUnit),
	"csv":          csvFiles,
	"canvas":       canvasFile,
	"github":       github,
	"gradescope":   each("gradescope", func(s verdict.Student, _ Options) ([]byte, error) { return Gradescope(s) }),
	"prairielearn": each("prairielearn", func(s verdict.Student, _ Options) ([]byte, error) { return PrairieLearn(s) }),
	"classroom50":  each("classroom50", func(s verdict.Student, o Options) ([]byte, error) { return Classroom50(s, o.ID) }),
}

// Formats are the names of all formats, in order.
func Formats() []string {
	var names []string
	for name := range formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Check returns an error if All cannot write what o asks for, whatever the book:
// call it before a long grading.
func Check(o Options) error {
	for _, name := range o.Formats {
		if formats[name] == nil {
			return fmt.Errorf("there is no format %q: the formats are %s", name, strings.Join(Formats(), ", "))
		}
	}
	if slices.Contains(o.Formats, "canvas") && len(o.Roster) == 0 {
		return fmt.Errorf("the format canvas fills in a gradebook: export it from Canvas and name the file with --roster")
	}
	_, err := verdict.ParseDetail(string(o.Detail))
	return err
}

// All writes reports of the book below the folder dir, and returns their paths.
// A file is replaced as a whole, so a reader never sees half of one. One that
// cannot be written keeps no other from being written. Older files about
// students are removed.
func All(dir string, b *book.Book, o Options) ([]string, error) {
	if len(o.Formats) == 0 {
		o.Formats = Default
	}
	if err := Check(o); err != nil {
		return nil, err
	}
	c := class{b, verdict.Class(b, o.Detail)}
	var paths []string
	var failed []error
	if err := forget(dir); err != nil {
		return nil, err
	}
	for _, name := range o.Formats {
		for _, f := range formats[name](c, o) {
			path := filepath.Join(dir, filepath.FromSlash(f.path))
			if f.err == nil {
				f.err = replace(path, f.text)
			}
			if f.err != nil {
				os.Remove(path) // an older one would be taken for this one
				failed = append(failed, fmt.Errorf("write %s: %w", f.path, f.err))
				continue
			}
			paths = append(paths, path)
		}
	}
	return paths, errors.Join(failed...)
}

// perStudent matches what this package calls a file about one student.
var perStudent = regexp.MustCompile(`^\d{2,}(-[a-z0-9]+)*\.(html|json)$`)

// forget removes the files about students that an earlier run wrote: a student
// may have another number now, and an old page must not be handed out.
func forget(dir string) error {
	for _, folder := range []string{"students", "gradescope", "prairielearn", "classroom50"} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove older reports: %w", err)
		}
		for _, e := range entries {
			if !perStudent.MatchString(e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, folder, e.Name())); err != nil {
				return fmt.Errorf("remove older reports: %w", err)
			}
		}
	}
	return nil
}

// replace writes a file, or leaves the one that was there.
func replace(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return safefile.Write(path, text)
}

// one is a format of one file for the class.
func one(path string, f func([]verdict.Student) ([]byte, error)) format {
	return func(c class, _ Options) []file {
		text, err := f(c.students)
		return []file{{path, text, err}}
	}
}

// each is a format of one file for each student.
func each(dir string, f func(verdict.Student, Options) ([]byte, error)) format {
	return func(c class, o Options) []file {
		var all []file
		for _, s := range c.students {
			text, err := f(s, o)
			all = append(all, file{dir + "/" + s.File + ".json", text, err})
		}
		return all
	}
}

// html is a page for the class and one for each student.
func html(c class, _ Options) []file {
	page := func(path string, write func(io.Writer) error) file {
		var b bytes.Buffer
		err := write(&b)
		return file{path, b.Bytes(), err}
	}
	all := []file{page("index.html", func(w io.Writer) error { return site.Matrix(w, c.book, c.students) })}
	for _, s := range c.students {
		all = append(all, page(site.StudentFile(s), func(w io.Writer) error { return site.Student(w, c.book, s) }))
	}
	return all
}
