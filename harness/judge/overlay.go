package judge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
	"socketkata/harness/temporary"
)

// An overlay makes the go command see the candidate's files in the exercise's
// folder. The go command silently ignores a key that it spells differently, and
// would test the files on disk. So the overlay adds a test of its own, the
// witness, whose report proves that the overlay was used.
type overlay struct {
	file    string // the JSON file for -overlay
	witness string // the value that the witness must report
	temp    string // folder to remove afterwards
}

const (
	resultsPackage = catalog.Module + "/harness/results"
	witnessTest    = "TestOverlayIsInForce"
	// The name sorts before any other, so the witness runs first.
	witnessFile = "0_overlay_test.go"
)

// newOverlay writes the overlay for c. It is kept at path, or in a temporary
// folder if path is "".
func newOverlay(e *catalog.Exercise, c Candidate, path string) (o overlay, err error) {
	if real, err := filepath.EvalSymlinks(e.Dir); err != nil || real != e.Dir {
		return o, fmt.Errorf("%s must be a folder and no symbolic link, or the overlay is ignored", e.Dir)
	}
	if o.temp, err = temporary.Folder("", "overlay"); err != nil {
		return o, err
	}
	defer func() {
		if err != nil {
			o.remove()
		}
	}()
	if c, err = c.onDisk(filepath.Join(o.temp, "code")); err != nil {
		return o, err
	}
	replace, err := replacements(e, c)
	if err != nil {
		return o, err
	}
	return o, o.write(e, c, cmp.Or(path, filepath.Join(o.temp, "overlay.json")), replace)
}

// Overlay writes into dir, a folder that the caller removes, what the go
// command's -overlay needs to see the candidate in the exercise's folder,
// together with more files: their texts by their paths below it. The witness is
// for [Linked].
func Overlay(e *catalog.Exercise, c Candidate, dir string, more map[string]string) (file, witness string, err error) {
	if err := c.check(); err != nil {
		return "", "", err
	}
	if c, err = c.onDisk(filepath.Join(dir, "code")); err != nil {
		return "", "", err
	}
	replace, err := replacements(e, c)
	if err != nil {
		return "", "", err
	}
	for path, text := range more {
		to := filepath.Join(dir, fmt.Sprintf("more-%d", len(replace)))
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			return "", "", err
		}
		replace[filepath.Join(e.Dir, filepath.FromSlash(path))] = to
	}
	var o overlay
	err = o.write(e, c, filepath.Join(dir, "overlay.json"), replace)
	return o.file, o.witness, err
}

// write writes the witness and, to path, the list of replacements.
func (o *overlay) write(e *catalog.Exercise, c Candidate, path string, replace map[string]string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if o.witness, err = c.Fingerprint(); err != nil {
		return err
	}
	text := fmt.Sprintf("package %s_test\n\nimport (\n\t\"testing\"\n\n\t%q\n)\n\nfunc %s(*testing.T) { results.Inherited().Witness(%q) }\n",
		e.Slug, resultsPackage, witnessTest, o.witness)
	witness := strings.TrimSuffix(path, ".json") + ".witness"
	if err := os.WriteFile(witness, []byte(text), 0o644); err != nil {
		return err
	}
	replace[filepath.Join(e.Dir, witnessFile)] = witness
	list, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	o.file = path
	return os.WriteFile(path, list, 0o644)
}

func (o overlay) remove() {
	temporary.Remove(o.temp)
}

// replacements maps each file the go command would build in the exercise's
// folder to the candidate's, or to "", which hides it.
func replacements(e *catalog.Exercise, c Candidate) (map[string]string, error) {
	replace := map[string]string{}
	entries, err := os.ReadDir(e.Dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if path := filepath.Join(e.Dir, entry.Name()); !entry.IsDir() && hidden(path, e.Slug) {
			replace[path] = ""
		}
	}
	for base, path := range c.Files {
		replace[filepath.Join(e.Dir, base)] = path
	}
	if c.NoSolutions {
		return replace, hideSolutions(e, replace)
	}
	return replace, nil
}

// hidden reports whether a file of the exercise's folder belongs to the
// learner's answer. That includes tests inside the package: the exercise's own
// tests are in another package (slug_test), so these are the learner's and
// would not compile with another candidate.
func hidden(path, slug string) bool {
	ext := filepath.Ext(path)
	if ext != ".go" {
		return slices.Contains([]string{".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
			".f", ".F", ".for", ".f90", ".swig", ".swigcxx", ".syso"}, ext)
	}
	return !strings.HasSuffix(path, "_test.go") || source.Package(path) == slug
}

func hideSolutions(e *catalog.Exercise, replace map[string]string) error {
	return filepath.WalkDir(filepath.Join(e.Root(), "solutions"), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // the image of a grader has no solutions
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return fs.SkipDir
		case filepath.Ext(path) == ".go":
			replace[path] = ""
		}
		return nil
	})
}

// Fingerprint identifies the contents of the candidate's files: it is the same
// for the same files, wherever they are.
func (c Candidate) Fingerprint() (string, error) {
	sum := sha256.New()
	for _, base := range c.bases() {
		text, err := c.text(base)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", c.Name, err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", base, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12]), nil
}
