package intake

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Read reads all submissions in dir, in order of the students' names. The names
// of the exercises are those of their folders.
func Read(dir string, exercises []string) ([]Submission, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("read the submissions: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("read the submissions: %w", err)
	}
	var all []Submission
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		s, err := readFolder(root.FS(), entry.Name(), exercises)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func readFolder(fsys fs.FS, name string, exercises []string) (Submission, error) {
	s := Submission{Student: name, Source: name, Work: map[string]Work{}}
	for _, exercise := range exercises {
		for _, dir := range []string{path.Join(name, exercise), path.Join(name, "exercises", exercise)} {
			w, err := readWork(fsys, dir)
			if err != nil {
				return s, err
			}
			if len(w.Files) > 0 {
				s.Work[exercise] = w
			}
		}
	}
	return s, nil
}

func readWork(fsys fs.FS, dir string) (Work, error) {
	w := Work{Files: map[string]string{}}
	files, err := fs.Glob(fsys, dir+"/*.go")
	if err != nil {
		return w, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return w, err
		}
		w.Files[path.Base(file)] = string(text)
		if info, err := fs.Stat(fsys, file); err == nil && info.ModTime().After(w.Newest) {
			w.Newest = info.ModTime()
		}
	}
	return w, nil
}
