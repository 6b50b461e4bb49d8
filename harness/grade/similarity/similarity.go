// Package similarity writes submissions in the form that JPlag and Dolos read.
// Both compare every answer with every other, without what all have from the
// stub. Whether two students have worked together is for people to decide.
package similarity

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/intake"
	"socketkata/harness/terminal"
)

// Export writes the answers to each exercise into the folder dir, which must not
// exist or must be empty, and returns the exercises that two students or more have
// answered:
//
//	dir/05-echo/base/echo.go                what all students began with
//	dir/05-echo/submissions/alice/echo.go   the answers
//	dir/05-echo/info.csv                    the list of the answers, for Dolos
func Export(dir string, exercises []*catalog.Exercise, submissions []intake.Submission) (compared []*catalog.Exercise, err error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, terminal.Usagef("%s is not empty: choose a new folder", dir)
	}
	names := folders(submissions)
	for _, e := range exercises {
		n, err := export(filepath.Join(dir, e.Name), e, submissions, names)
		if err != nil {
			return nil, fmt.Errorf("export the answers to %s: %w", e.Name, err)
		}
		if n >= 2 {
			compared = append(compared, e)
		}
	}
	return compared, nil
}

// Commands are what compares the answers to an exercise, to be run in its folder.
// The stub's main file is the base for Dolos, which takes one file.
func Commands(e *catalog.Exercise) []string {
	return []string{
		"java -jar jplag.jar -l golang -bc base -r jplag submissions",
		"dolos run -l go -f web -i base/" + e.Slug + ".go info.csv",
	}
}

// export writes one exercise and returns how many students have answered it.
func export(dir string, e *catalog.Exercise, submissions []intake.Submission, names []string) (int, error) {
	for _, stub := range e.Stub {
		text, err := os.ReadFile(stub)
		if err == nil {
			err = write(filepath.Join(dir, "base", filepath.Base(stub)), string(text))
		}
		if err != nil {
			return 0, err
		}
	}
	var info strings.Builder
	list := csv.NewWriter(&info)
	list.Write([]string{"filename", "full_name", "label"}) // the error is that of Flush
	answered := 0
	for i, s := range submissions {
		files := s.Work[e.Name].Files
		if len(files) > 0 {
			answered++
		}
		for _, base := range slices.Sorted(maps.Keys(files)) {
			file := path.Join("submissions", names[i], base)
			if err := write(filepath.Join(dir, filepath.FromSlash(file)), files[base]); err != nil {
				return 0, err
			}
			list.Write([]string{file, names[i], base})
		}
	}
	list.Flush()
	return answered, write(filepath.Join(dir, "info.csv"), info.String())
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// folders returns a name for the folder of each submission that every file system
// takes, and that is no formula for a spreadsheet.
func folders(submissions []intake.Submission) []string {
	taken := map[string]bool{}
	var names []string
	for _, s := range submissions {
		name := plain(s.Student)
		for n := 2; taken[strings.ToLower(name)]; n++ { // some file systems ignore case
			name = plain(s.Student) + "_" + strconv.Itoa(n)
		}
		taken[strings.ToLower(name)] = true
		names = append(names, name)
	}
	return names
}

// plain returns a name made of letters, digits, hyphens and underscores.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60])
	}
	if first := strings.TrimLeft(name, "-"); first != name || first == "" {
		name = "_" + first
	}
	return name
}
