//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGitLabRecipe grades a class with the recipe, in four jobs and one that joins
// them. They run on this machine, without the image and the sandbox.
func TestGitLabRecipe(t *testing.T) {
	t.Parallel()
	installed(t, "rsync", "apt-get install rsync")
	installed(t, "gitlab-ci-local", "npm install -g gitlab-ci-local@4.52.0")
	r := newRepo(t)
	whole := r.submitted()
	r.recipe("gitlab/gitlab-ci.yml", ".gitlab-ci.yml",
		"default:\n  image: golang:1.26\n", "",
		"    - apt-get update -qq && apt-get install -y -qq bubblewrap\n", "    - 'true'\n")
	r.committed()
	out, err := r.command("gitlab-ci-local", "--shell-isolation").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, whole, r.book("reports"))
}

// TestGitHubRecipe grades a class with the recipe, in a matrix of four jobs and one
// that joins them. They run on this machine, without the sandbox and with actions
// that do here what GitHub's do there.
func TestGitHubRecipe(t *testing.T) {
	t.Parallel()
	installed(t, "act", "go install github.com/nektos/act@v0.2.89")
	r := newRepo(t)
	whole := r.submitted()
	r.recipe("github/grade.yml", ".github/workflows/grade.yml", "sudo ", "true ")
	r.committed()
	stored := t.TempDir()
	args := []string{"workflow_dispatch", "-P=ubuntu-latest=-self-hosted"}
	for name, does := range map[string]string{
		"checkout@v4":          "true",
		"setup-go@v5":          "true",
		"upload-artifact@v4":   "mkdir -p '" + stored + "/${{ inputs.name }}' && cp ${{ inputs.path }} '" + stored + "/${{ inputs.name }}'",
		"download-artifact@v4": "mkdir -p ${{ inputs.path }} && cp '" + stored + "'/${{ inputs.pattern }}/* ${{ inputs.path }}",
	} {
		dir := t.TempDir()
		action := fmt.Sprintf("name: %s\ninputs: {name: {}, path: {}, pattern: {}}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: %s\n", name, does)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "action.yml"), []byte(action), 0o644))
		args = append(args, "--local-repository=actions/"+name+"="+dir)
	}
	out, err := r.command("act", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	book, err := os.ReadFile(filepath.Join(stored, "book", "book.json"))
	require.NoError(t, err, "%s", out)
	require.Equal(t, whole, string(book))
}

// TestServiceScripts runs the scripts that grade one submission inside a service.
func TestServiceScripts(t *testing.T) {
	t.Parallel()
	recipes, err := filepath.Abs("../../grade/recipes")
	require.NoError(t, err)
	r := newRepo(t)
	r.class()
	right := filepath.Join(r.root, "in", "ana", "05-echo")
	script := func(dir, name string) map[string]any {
		t.Helper()
		cmd := r.command(filepath.Join(recipes, name))
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "PWD="+dir, "GRADE="+dir, "KATA_ROOT="+r.root, "EXERCISE=05-echo", "SANDBOX=none",
			"CLASSROOM=c", "ASSIGNMENT=a", "SUBMISSION_TAG=submit/1", "COMMIT_URL=c", "RELEASE_URL=r", "REVIEW_URL=v")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		files, err := filepath.Glob(filepath.Join(dir, "*", "results.json"))
		require.NoError(t, err)
		text, err := os.ReadFile(append(files, filepath.Join(dir, "result.json"))[0])
		require.NoError(t, err, "%s", out)
		var doc map[string]any
		require.NoError(t, json.Unmarshal(text, &doc))
		return doc
	}
	t.Run("prairielearn", func(t *testing.T) {
		installed(t, "bash", "apt-get install bash")
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(dir, "student"), os.DirFS(right)))
		doc := script(dir, "prairielearn/grade.sh")
		require.Equal(t, true, doc["gradable"])
		require.Equal(t, 1.0, doc["score"])
	})
	t.Run("classroom50", func(t *testing.T) {
		installed(t, "python3", "apt-get install python3")
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(dir, "exercises", "05-echo"), os.DirFS(right)))
		doc := script(dir, "classroom50/autograder.py")
		require.Equal(t, "submit/1", doc["submission"])
		require.Equal(t, doc["max-score"], doc["score"])
	})
}

// TestShellScripts wants no warning of shellcheck about the scripts of the recipes.
func TestShellScripts(t *testing.T) {
	t.Parallel()
	installed(t, "shellcheck", "apt-get install shellcheck")
	grade := "../../grade/"
	out, err := exec.CommandContext(t.Context(), "shellcheck", "--severity=warning", grade+"gradescope/setup.sh",
		grade+"gradescope/run_autograder", grade+"recipes/prairielearn/grade.sh", grade+"recipes/slurm/submit").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// installed skips the test where a program is missing.
func installed(t *testing.T, program, install string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is not installed: " + install)
	}
}

// submitted puts the submissions of a class into the folder that the recipes name,
// and returns the book that they should make.
func (r repo) submitted() string {
	r.t.Helper()
	r.class()
	r.finish("grade", "-sandbox=none", "in", "whole")
	require.NoError(r.t, os.Rename(filepath.Join(r.root, "in"), filepath.Join(r.root, "submissions")))
	return r.book("whole")
}

// recipe writes a recipe to a file of the repository, for the kata of this test
// and with further changes, all of which must apply.
func (r repo) recipe(recipe, file string, changes ...string) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join("../../grade/recipes", recipe))
	require.NoError(r.t, err)
	changes = append(changes, `"$(go tool -n kata)" grade merge`, "kata grade merge", `"$(go tool -n kata)" grade`, "kata grade -sandbox=none")
	for i := 0; i < len(changes); i += 2 {
		require.Contains(r.t, string(text), changes[i])
		text = []byte(strings.ReplaceAll(string(text), changes[i], changes[i+1]))
	}
	file = filepath.Join(r.root, file)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(r.t, os.WriteFile(file, text, 0o644))
}

// committed makes a git repository, of whose files the jobs get copies.
func (r repo) committed() {
	r.t.Helper()
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "-A"},
		{"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "a class"},
	} {
		out, err := r.command("git", args...).CombinedOutput()
		require.NoError(r.t, err, "%s", out)
	}
}
