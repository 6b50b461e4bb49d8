// Package racedetector knows whether go test -race can work on this machine.
package racedetector

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// raceful are the platforms that have a race detector, from go help build.
var raceful = []string{"linux/amd64", "linux/arm64", "linux/ppc64le", "linux/s390x", "linux/loong64", "linux/riscv64",
	"darwin/amd64", "darwin/arm64", "freebsd/amd64", "netbsd/amd64", "windows/amd64"}

// Available reports whether go test -race can work here, and if not, why.
// It looks at the environment and for a C compiler; it runs nothing.
func Available() (ok bool, why string) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	switch {
	case !slices.Contains(raceful, platform):
		return false, "there is no race detector for " + platform
	case goSetting("CGO_ENABLED") == "0":
		return false, "CGO_ENABLED=0 is set"
	case runtime.GOOS == "darwin": // its race runtime needs no C compiler
		return true, ""
	}
	compiler := goSetting("CC")
	if compiler == "" {
		compiler = "gcc"
		if runtime.GOOS == "freebsd" {
			compiler = "clang"
		}
	}
	words := strings.Fields(compiler)
	if len(words) == 0 {
		return false, "CC is set to nothing"
	}
	if _, err := exec.LookPath(strings.Trim(words[0], `"'`)); err != nil {
		return false, fmt.Sprintf("there is no C compiler (%s)", words[0])
	}
	return true, ""
}

// goSetting returns a variable as the go command sees it: from the
// environment, else from the file that go env -w writes.
func goSetting(key string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	file := os.Getenv("GOENV")
	if file == "off" {
		return ""
	}
	if file == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return ""
		}
		file = filepath.Join(dir, "go", "env")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			return v
		}
	}
	return ""
}
