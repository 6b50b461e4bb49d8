package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// update writes what the scripts compare again.
var update = flag.Bool("update", false, "update testdata/script")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kata": main, "kata-panics": kataPanics})
}

// kataPanics is kata with a fault that the key h meets.
func kataPanics() {
	k := newKata(os.Stdout, os.Stderr)
	k.getenv = func(key string) string {
		if key == "ALL" {
			panic("a fault of kata")
		}
		return ""
	}
	k.command().Run(context.Background(), os.Args)
}

// TestScripts runs testdata/script/*.txtar. Each script has the catalog's
// fixture in the folder repo, and begins there.
func TestScripts(t *testing.T) {
	t.Parallel()
	// The scripts share one build cache with the rest of the machine, and
	// nothing else.
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	makefile, err := filepath.Abs("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Split(strings.TrimSpace(string(out)), "\n")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, WorkdirRoot: workdir(t),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "problems": problems, "tested": tested, "listening": listening},
		Condition: func(name string) (bool, error) {
			if name != "unprivileged" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() > 0, nil // permissions hold nobody else back
		},
		Setup: func(env *testscript.Env) error {
			archive, err := txtar.ParseFile("../../catalog/testdata/repo.txtar")
			if err != nil {
				return err
			}
			env.Cd = filepath.Join(env.WorkDir, "repo")
			if err := os.MkdirAll(env.Cd, 0o755); err != nil {
				return err
			}
			bin, _, _ := strings.Cut(env.Getenv("PATH"), string(os.PathListSeparator))
			env.Setenv("KATA_BIN", bin)
			env.Setenv("MAKEFILE", makefile)
			env.Setenv("OUTSIDE", outside)
			env.Setenv("TASKS", filepath.Join(filepath.Dir(makefile), ".vscode", "tasks.json"))
			env.Setenv("GOCACHE", dirs[0])
			env.Setenv("GOMODCACHE", dirs[1])
			env.Setenv("GOROOT", dirs[2])
			env.Setenv("GOPROXY", "off")
			env.Setenv("CGO_ENABLED", "0")                // quicker without the race detector,
			env.Setenv("GOFLAGS", "-ldflags=-s -vet=off") // what debuggers read, and vet
			env.Setenv("GOGC", "off")                     // the go command and the linker are most of the work
			return unpack(archive, env.Cd)
		},
	})
}

// workdir returns an empty folder for a test. It is the same in each run, because
// the go command remembers by the folder what it has compiled. A second run at
// the same time gets a new one.
func workdir(t *testing.T) string {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	dir := filepath.Join(root, ".kata", "scripts", t.Name())
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	lock := flock.New(dir + ".lock")
	if free, err := lock.TryLock(); err != nil || !free {
		return t.TempDir()
	}
	t.Cleanup(func() { lock.Close() })
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.Mkdir(dir, 0o755))
	return dir
}

// unpack writes the fixture, whose bench reports over the real results channel.
func unpack(archive *txtar.Archive, dir string) error {
	if err := txtar.Write(archive, dir); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(dir, "harness", "results"), os.DirFS("../../results"))
}

// listening puts the address of a listener into a variable: listening ADDRESS.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening variable")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv(args[0], ln.Addr().String())
}

// status runs a command and checks its exit status: status 2 kata test 5 6.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status number command args...")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("exit status is %s, want %s", got, args[0])
	}
}
