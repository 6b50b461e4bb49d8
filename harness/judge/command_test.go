package judge

import (
	"os"
	"runtime"
	"testing"
)

func TestRaceAvailable(t *testing.T) {
	t.Setenv("CGO_ENABLED", "0")
	if ok, why := RaceAvailable(); ok || why != "CGO_ENABLED=0 is set" {
		t.Errorf("%v, %q", ok, why)
	}
	env := t.TempDir() + "/env"
	writeFile(t, env, "GOFLAGS=-v\nCGO_ENABLED=0\n")
	t.Setenv("GOENV", env)
	os.Unsetenv("CGO_ENABLED")
	if ok, _ := RaceAvailable(); ok {
		t.Error("go env -w CGO_ENABLED=0 is not seen")
	}
	if runtime.GOOS == "darwin" {
		return // needs no C compiler
	}
	t.Setenv("GOENV", "off")
	t.Setenv("CC", "no-such-compiler -m64")
	if ok, why := RaceAvailable(); ok || why != "there is no C compiler (no-such-compiler)" {
		t.Errorf("%v, %q", ok, why)
	}
}

func TestNoGoCommand(t *testing.T) {
	e := echoExercise(t)
	t.Setenv("PATH", t.TempDir())
	_, err := Judge(t.Context(), e, Learner(e), Options{})
	if want := "judge 05-echo: the go command is not in PATH: install Go from https://go.dev/dl/"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
