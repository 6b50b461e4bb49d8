// Package gradescope makes autograder.zip, which Gradescope builds an image
// from: the exercises and the harness without solutions, setup.sh, which runs
// once in the image, and run_autograder, which grades one submission.
package gradescope

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/safefile"
)

var (
	//go:embed setup.sh
	setup string
	//go:embed run_autograder
	run string
)

// Options say what the image grades and how.
type Options struct {
	Exercises []string // names; all if empty
	Sandbox   string   // of kata grade
	Show      string   // how much of each failure
	Policy    []byte   // a policy file; none means the default
}

// Zip writes autograder.zip for the repository in root. The same repository
// gives the same bytes.
func Zip(w io.Writer, root fs.FS, o Options) error {
	version, err := goVersion(root)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	arguments := fmt.Sprintf("GO_VERSION=%s\nEXERCISES=%s\nSANDBOX=%s\nSHOW=%s\n", version, quote(strings.Join(o.Exercises, ",")), quote(o.Sandbox), quote(o.Show))
	files := []struct{ name, text string }{{"setup.sh", setup}, {"run_autograder", run}, {"options.sh", arguments}}
	if len(o.Policy) > 0 {
		files = append(files, struct{ name, text string }{"policy.json", string(o.Policy)})
	}
	for _, f := range files {
		if err := add(z, f.name, []byte(f.text)); err != nil {
			return err
		}
	}
	if err := addRepository(z, root); err != nil {
		return err
	}
	if err := addStubs(z, root); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}

var goLine = regexp.MustCompile(`(?m)^go (\d+\.\d+(?:\.\d+)?)$`)

// goVersion is the toolchain that go.mod asks for, by the name of its download.
func goVersion(root fs.FS) (string, error) {
	text, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return "", fmt.Errorf("find the version of Go: %w", err)
	}
	m := goLine.FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("find the version of Go: go.mod has no go line")
	}
	return string(m[1]), nil
}

// addRepository adds what grading needs, without solutions, the harness's own
// tests, and the files of git and kata.
func addRepository(z *zip.Writer, root fs.FS) error {
	for _, name := range []string{"go.mod", "go.sum", "exercises", "harness"} {
		err := fs.WalkDir(root, name, func(p string, d fs.DirEntry, err error) error {
			switch {
			case p == "go.sum" && errors.Is(err, fs.ErrNotExist):
				return nil // a module without dependencies has none
			case err != nil:
				return err
			case d.IsDir() && (p == "harness/testdata" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(p, "harness/") && d.Name() == "testdata"):
				return fs.SkipDir
			case !d.Type().IsRegular() || strings.HasPrefix(p, "harness/") && strings.HasSuffix(p, "_test.go"):
				return nil
			}
			text, err := fs.ReadFile(root, p)
			if err != nil {
				return err
			}
			return add(z, path.Join("kata", p), text)
		})
		if err != nil {
			return fmt.Errorf("read the repository: %w", err)
		}
	}
	return nil
}

// addStubs adds the copies of the stubs, as a repository without solutions has
// them: the judge reads an exercise's API there.
func addStubs(z *zip.Writer, root fs.FS) error {
	files, err := fs.Glob(root, "solutions/*/testdata/stub/*.go")
	for _, p := range files {
		var text []byte
		if text, err = fs.ReadFile(root, p); err != nil {
			break
		}
		exercise := strings.Split(p, "/")[1]
		if err = add(z, path.Join("kata/exercises", exercise, catalog.HandedStub, path.Base(p)), text); err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("read the stubs: %w", err)
	}
	return nil
}

func add(z *zip.Writer, name string, text []byte) error {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(0o644)
	if bytes.HasPrefix(text, []byte("#!")) {
		h.SetMode(0o755)
	}
	f, err := z.CreateHeader(h)
	if err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}

// quote makes text one word of a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Write writes the archive to a file. What was there before stays if it fails.
func Write(file, root string, o Options) error {
	var b bytes.Buffer
	if err := Zip(&b, os.DirFS(root), o); err != nil {
		return err
	}
	if err := safefile.Write(file, b.Bytes()); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}
