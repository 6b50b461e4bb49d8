package racedetector

import (
	"os"
	"runtime"
	"testing"
)

func TestAvailable(t *testing.T) {
	t.Setenv("CGO_ENABLED", "0")
	if ok, why := Available(); ok || why != "CGO_ENABLED=0 is set" {
		t.Errorf("%v, %q", ok, why)
	}
	env := t.TempDir() + "/env"
	if err := os.WriteFile(env, []byte("GOFLAGS=-v\nCGO_ENABLED=0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", env)
	os.Unsetenv("CGO_ENABLED")
	if ok, _ := Available(); ok {
		t.Error("go env -w CGO_ENABLED=0 is not seen")
	}
	if runtime.GOOS == "darwin" {
		return // needs no C compiler
	}
	t.Setenv("GOENV", "off")
	t.Setenv("CC", "no-such-compiler -m64")
	if ok, why := Available(); ok || why != "there is no C compiler (no-such-compiler)" {
		t.Errorf("%v, %q", ok, why)
	}
}
