package handout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/spawn"
)

// git runs git in dir, and returns what it prints. Neither the user's settings
// nor hooks change what it does.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", errors.New("git is not in PATH: install it, then make the hand-out again")
	}
	options := []string{"-c", "safe.directory=*", "-c", "core.autocrlf=false", "-c", "user.name=Socket Kata", "-c", "user.email=handout@socketkata.invalid"}
	cmd := exec.CommandContext(ctx, path, append(options, args...)...)
	cmd.Dir = dir
	cmd.Env = append(withoutGit(os.Environ()), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TEMPLATE_DIR=")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		err = fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// withoutGit leaves out what would lead git to another repository.
func withoutGit(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "GIT_") })
}

// tracked returns the paths of the files that git tracks and that are there.
func tracked(ctx context.Context, root string) ([]string, error) {
	// A copy without git may lie within a repository of something else.
	if _, err := os.Lstat(root + "/.git"); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a git repository: clone it with git, because a hand-out takes only what git tracks", root)
	}
	out, err := git(ctx, root, "ls-files", "-z")
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := os.Lstat(root + "/" + name)
		return err != nil || !info.Mode().IsRegular()
	}), nil
}

// commit makes dir a git repository with one commit.
func commit(ctx context.Context, dir string) error {
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"commit", "--quiet", "--message=Hand out the exercises"},
	} {
		if _, err := git(ctx, dir, args...); err != nil {
			return fmt.Errorf("commit the hand-out: %w", err)
		}
	}
	return nil
}

// platforms are those whose packages go.mod must cover.
var platforms = []string{"linux", "darwin", "windows"}

// trimModules takes the tools and modules out of go.mod that nothing in the
// hand-out needs.
func trimModules(ctx context.Context, dir string) error {
	needed := map[string]bool{}
	for _, platform := range platforms {
		out, err := goCommand(ctx, dir, []string{"GOOS=" + platform}, "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...")
		if err != nil {
			return fmt.Errorf("list the packages of the hand-out for %s: %w", platform, err)
		}
		for _, module := range strings.Fields(out) {
			needed[module] = true
		}
	}
	out, err := goCommand(ctx, dir, nil, "mod", "edit", "-json")
	if err != nil {
		return fmt.Errorf("read the go.mod of the hand-out: %w", err)
	}
	var mod struct {
		Require, Tool []struct{ Path string }
	}
	if err := json.Unmarshal([]byte(out), &mod); err != nil {
		return fmt.Errorf("read the go.mod of the hand-out: %w", err)
	}
	edit := []string{"mod", "edit"}
	for _, tool := range mod.Tool {
		if tool.Path != catalog.Module+"/"+command {
			edit = append(edit, "-droptool="+tool.Path)
		}
	}
	for _, module := range mod.Require {
		if !needed[module.Path] {
			edit = append(edit, "-droprequire="+module.Path)
		}
	}
	if _, err := goCommand(ctx, dir, nil, edit...); err != nil {
		return fmt.Errorf("write the go.mod of the hand-out: %w", err)
	}
	return nil
}

// build checks that everything in dir compiles, tests included.
func build(ctx context.Context, dir string) error {
	if _, err := goCommand(ctx, dir, nil, "vet", "./..."); err != nil {
		return fmt.Errorf("the hand-out does not build: %w", err)
	}
	return nil
}

// goCommand runs the go command in dir and returns its standard output.
func goCommand(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	path, err := spawn.LookGo()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	// Without paths in them, compiled packages are those of the last hand-out.
	cmd.Env = append(append(os.Environ(), "PWD="+dir, "GOWORK=off", "GOFLAGS=-mod=readonly -trimpath"), env...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		err = fmt.Errorf("go %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
