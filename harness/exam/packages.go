package exam

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// LeftOut begins the reason of a test that is skipped on every machine until a
// variable or another command asks for it. Such a skip keeps no package from
// being remembered: the variables KATA_... are part of its key.
const LeftOut = "left out: "

// A tested package is remembered as a whole.
type tested struct {
	path, dir string // "socketkata/harness/wire", "harness/wire"
	part, key string
}

// packages lists the packages of the harness that have tests. Package
// harness_test is not one of them: it remembers its parts itself.
func packages(ctx context.Context, m *Memory) ([]tested, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./harness/...")
	list.Dir = m.root
	out, err := list.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errNoGo
	}
	if err != nil {
		return nil, fmt.Errorf("list the packages of the harness: %w", err)
	}
	inputs, err := PackageInputs(m.root)
	if err != nil {
		return nil, err
	}
	var all []tested
	for _, path := range strings.Fields(string(out)) {
		dir := path[strings.Index(path, "/")+1:]
		if dir == "harness" {
			continue
		}
		p := tested{path: path, dir: dir, part: "package " + dir}
		if p.key, err = m.Key(p.part, inputs...); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// rememberPackages reads what go test has written about the packages, and
// remembers those that passed without skipping anything but what is left out
// everywhere.
func rememberPackages(m *Memory, units []tested, log string) error {
	file, err := os.Open(log)
	if errors.Is(err, os.ErrNotExist) {
		return nil // gotestsum did not start
	}
	if err != nil {
		return fmt.Errorf("remember which packages have passed: %w", err)
	}
	defer file.Close()
	passed, skipped, leftOut := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for decode := json.NewDecoder(bufio.NewReader(file)); ; {
		var event struct{ Action, Package, Test, Output string }
		if decode.Decode(&event) != nil {
			break // the end, or a line of an exam that was killed
		}
		switch {
		case event.Action == "output" && strings.Contains(event.Output, ": "+LeftOut):
			leftOut[event.Package+" "+event.Test] = true
		case event.Action == "skip" && !leftOut[event.Package+" "+event.Test]:
			skipped[event.Package] = true
		case event.Action == "pass" && event.Test == "":
			passed[event.Package] = true
		}
	}
	for _, p := range units {
		if passed[p.path] && !skipped[p.path] {
			err = errors.Join(err, m.Remember(p.part, p.key))
		}
	}
	return err
}
