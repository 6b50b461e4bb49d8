package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
)

// TestClass grades a class of 30 in the sandbox three times: as a whole, in three
// shards of which one is killed and run again, and as an array of jobs on Slurm.
// The verdicts and all reports without texts of failures have the same bytes.
func TestClass(t *testing.T) {
	if os.Getenv("KATA_CLASS") == "" {
		t.Skip(exam.LeftOut + "it takes minutes; KATA_CLASS=1 grades it")
	}
	r := newClassroom(t, t.TempDir())
	r.grade("whole")
	whole := r.reports("whole")
	require.Contains(t, whole, "verdicts.json")
	require.Contains(t, whole, "index.html")

	t.Run("shards", func(t *testing.T) {
		r.grade("shards", "-shard=1/3")
		d := plainly(t, r.command("kata", r.arguments("shards", "-shard=2/3")...))
		d.expect("\n 5/") // of its answers, however many those are
		require.NoError(t, d.cmd.Process.Kill())
		d.gone()
		require.NoFileExists(t, filepath.Join(r.dir, "shards", "shard-2-of-3.json"))
		require.Contains(t, r.grade("shards", "-shard=2/3"), "judged before, under the same conditions")
		r.grade("shards", "-shard=3/3")
		r.finish("grade", "merge", filepath.Join(r.dir, "shards"))
		same(t, whole, r.reports("shards"))
	})
	t.Run("Slurm", func(t *testing.T) {
		c := newCluster(t)
		submit := r.command("harness/grade/recipes/slurm/submit", r.in, filepath.Join(r.dir, "slurm"), "3")
		submit.Env = append(submit.Env, "EX=01,05", "GRADE_FLAGS=--jobs=2 --policy="+r.policy)
		require.Contains(t, c.submit(submit)(20*time.Minute), "ExitCode=0:0")
		same(t, whole, r.reports("slurm"))
	})
}

// command is a call of kata, or of another program, in this repository.
func (r *classroom) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir, cmd.Env = r.root, append(os.Environ(), "PWD="+r.root, "NO_COLOR=1")
	return cmd
}

func (r *classroom) arguments(out string, flags ...string) []string {
	args := append([]string{"grade", "-jobs=3", "-policy=" + r.policy}, flags...)
	return append(args, r.in, filepath.Join(r.dir, out), "01,05")
}

func (r *classroom) grade(out string, flags ...string) string {
	r.t.Helper()
	return r.finish(r.arguments(out, flags...)...)
}

// finish runs kata to its end and returns what it printed.
func (r *classroom) finish(args ...string) string {
	r.t.Helper()
	out, err := r.command("kata", args...).CombinedOutput()
	require.NoError(r.t, err, "%s", out)
	return string(out)
}

// reports returns the verdicts and, by their names, the reports that show no text
// of a failure. Those for Classroom 50 have the time of writing in them, and those
// for GitHub a random word.
func (r *classroom) reports(out string) map[string]string {
	r.t.Helper()
	dir := filepath.Join(r.dir, out)
	r.finish("grade", "report", "-show=requirement", "-format=html,csv,junit,gradescope,prairielearn", dir)
	all := map[string]string{}
	require.NoError(r.t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == "units" || path == "logs"):
			return fs.SkipDir
		case entry.IsDir(), path == "book.json", strings.HasPrefix(path, "shard-"), strings.HasPrefix(path, "."):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = string(text)
		return err
	}))
	return all
}

// same wants the same reports, and says which differ: they are long.
func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	for name := range want {
		a, b := strings.Split(want[name], "\n"), strings.Split(got[name], "\n")
		require.Len(t, b, len(a), name)
		for i := range a {
			require.Equal(t, a[i], b[i], "%s:%d", name, i+1)
		}
	}
}

// A classroom is a folder of the submissions of 30 students to 01 and 05 of this
// repository: references, other right answers, known mistakes, attacks, garbage,
// late and doubled ones.
type classroom struct {
	t      *testing.T
	root   string // of this repository
	dir    string // of everything here
	in     string
	policy string // a file
	n      int
}

// due is when the class had to hand in.
var due = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newClassroom(t *testing.T, dir string) *classroom {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	all, err := catalog.Open(root)
	require.NoError(t, err)
	r := &classroom{t: t, root: root, dir: dir, in: filepath.Join(dir, "in"), policy: filepath.Join(dir, "policy.json")}
	require.NoError(t, os.WriteFile(r.policy, fmt.Appendf(nil, `{"points": true, "core": 2, "hardened": 1, "deadline": %q, "lateFactor": 0.5}`, due.Format(time.RFC3339)), 0o644))
	var both []*catalog.Exercise
	for _, ex := range []string{"01", "05"} {
		e, err := all.Find(ex)
		require.NoError(t, err)
		require.NoError(t, e.Load())
		both = append(both, e)
	}
	dial, echo := both[0], both[1]
	right := work{}
	for _, e := range both {
		code, err := e.ReferenceCode()
		require.NoError(t, err)
		right.add(e, code)
	}
	r.right(right, dial, echo)
	r.mistakes(dial, echo)
	r.attacks(right, echo)
	r.garbage(right, echo)
	entries, err := os.ReadDir(r.in)
	require.NoError(t, err)
	require.Len(t, entries, 30+1, "a folder or archive for each student, and two for one of them")
	return r
}

// A work is the files of one submission, by path.
type work map[string]string

func (w work) add(e *catalog.Exercise, files map[string]string) work {
	for base, text := range files {
		w["exercises/"+e.Name+"/"+base] = text
	}
	return w
}

// right are eight students with right answers, two of them late and one with an
// older wrong one.
func (r *classroom) right(reference work, dial, echo *catalog.Exercise) {
	r.folder("reference", reference, due.Add(-time.Hour))
	r.zip("reference-late", reference, due.Add(time.Hour))
	r.tar("reference-tar", reference, due)
	for i := range 4 {
		w := work{}.add(dial, dial.Right[i].Code).add(echo, echo.Right[i].Code)
		r.folder(dial.Right[i].Name, w, due.Add(-time.Hour))
	}
	r.folder("twice", work{}.add(echo, echo.Mistakes[0].Code), due.Add(-2*time.Hour))
	r.n--
	r.zip("twice", reference, due.Add(2*time.Hour))
}

// mistakes are ten students with a known mistake in each exercise.
func (r *classroom) mistakes(dial, echo *catalog.Exercise) {
	for i := range 10 {
		d, e := dial.Mistakes[i*len(dial.Mistakes)/10], echo.Mistakes[i*len(echo.Mistakes)/10]
		r.zip("mistake", work{}.add(dial, d.Code).add(echo, e.Code), due)
	}
}

// attacks are five students who reach for the verdict of 05.
func (r *classroom) attacks(reference work, echo *catalog.Exercise) {
	stub, err := os.ReadFile(echo.Stub[0])
	require.NoError(r.t, err)
	stub = bytes.ReplaceAll(stub, []byte("\t// TODO: write this.\n"), []byte("\tattack()\n"))
	for _, name := range []string{"exits-in-init", "panics-in-goroutine", "prints-marks", "goexit", "lies-to-the-test"} {
		attack, err := os.ReadFile(filepath.Join(r.root, "harness/grade/testdata/attacks", name+".go"))
		require.NoError(r.t, err)
		w := work{}
		for path, text := range reference {
			w[path] = text
		}
		delete(w, "exercises/05-echo/echo.go")
		w.add(echo, map[string]string{"attack.go": string(attack)})
		if strings.Contains(string(attack), "\npackage echo\n") {
			w.add(echo, map[string]string{"echo.go": string(stub)})
		}
		r.tar(name, w, due)
	}
}

// garbage is what seven students hand in who have not done the work.
func (r *classroom) garbage(reference work, echo *catalog.Exercise) {
	r.folder("nothing", nil, due)
	only := func(text string) work { return work{}.add(echo, map[string]string{"echo.go": text}) }
	r.folder("no-go", only("Dear teacher, I could not."), due)
	r.folder("no-text", only("package echo\n\xff\xfe\x00"), due)
	r.zip("does-not-compile", only("package echo\n\nfunc Serve( {\n"), due)
	r.tar("too-large", only("package echo\n\n//"+strings.Repeat(" ", 300<<10)), due)
	stub, err := os.ReadFile(echo.Stub[0])
	require.NoError(r.t, err)
	r.folder("stub", only(string(stub)), due)
	require.NoError(r.t, os.WriteFile(r.next("damaged")+".zip", []byte("PK\x03\x04 and no more"), 0o644))
}

// next is the path of the next student's submission.
func (r *classroom) next(name string) string {
	r.t.Helper()
	require.NoError(r.t, os.MkdirAll(r.in, 0o755))
	r.n++
	return filepath.Join(r.in, fmt.Sprintf("%02d %s", r.n, name))
}

func (r *classroom) folder(name string, w work, at time.Time) {
	r.t.Helper()
	dir := r.next(name)
	require.NoError(r.t, os.MkdirAll(dir, 0o755))
	for path, text := range w {
		path = filepath.Join(dir, path)
		require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(r.t, os.WriteFile(path, []byte(text), 0o644))
		require.NoError(r.t, os.Chtimes(path, at, at))
	}
}

func (r *classroom) zip(name string, w work, at time.Time) {
	r.t.Helper()
	var all bytes.Buffer
	z := zip.NewWriter(&all)
	for _, path := range w.paths() {
		f, err := z.CreateHeader(&zip.FileHeader{Name: path, Modified: at, Method: zip.Deflate})
		require.NoError(r.t, err)
		_, err = f.Write([]byte(w[path]))
		require.NoError(r.t, err)
	}
	require.NoError(r.t, z.Close())
	require.NoError(r.t, os.WriteFile(r.next(name)+".zip", all.Bytes(), 0o644))
}

func (r *classroom) tar(name string, w work, at time.Time) {
	r.t.Helper()
	var all bytes.Buffer
	g := gzip.NewWriter(&all)
	z := tar.NewWriter(g)
	for _, path := range w.paths() {
		require.NoError(r.t, z.WriteHeader(&tar.Header{Name: path, ModTime: at, Mode: 0o644, Size: int64(len(w[path]))}))
		_, err := z.Write([]byte(w[path]))
		require.NoError(r.t, err)
	}
	require.NoError(r.t, z.Close())
	require.NoError(r.t, g.Close())
	require.NoError(r.t, os.WriteFile(r.next(name)+".tar.gz", all.Bytes(), 0o644))
}

func (w work) paths() []string { return slices.Sorted(maps.Keys(w)) }
