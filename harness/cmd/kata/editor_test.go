package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// The files below are read by editors; these types are as much of their form
// as they use, and decoding refuses anything else.
type (
	tasksFile struct {
		Version string       `json:"version"`
		Tasks   []editorTask `json:"tasks"`
	}
	editorTask struct {
		Label, Type, Command string
		Args                 []string
		Options              struct{ Cwd string }
		Presentation         struct{ Clear, ShowReuseMessage bool }
		Group                struct {
			Kind      string
			IsDefault bool
		}
		IsBackground   bool
		ProblemMatcher []problemMatcher
	}
	problemMatcher struct {
		Owner, Source string
		FileLocation  []string
		Pattern       struct {
			Regexp                      string
			File, Line, Column, Message int
		}
		Background *struct {
			ActiveOnStart              bool
			BeginsPattern, EndsPattern string
		}
	}
)

// decodeFile reads a file of the repository as JSON without comments.
func decodeFile(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(path)))
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(into), path)
}

func TestTasksAreVerbs(t *testing.T) {
	t.Parallel()
	var tasks tasksFile
	decodeFile(t, ".vscode/tasks.json", &tasks)
	require.Equal(t, "2.0.0", tasks.Version)
	command := newKata(nil, nil).command()
	var matchers []problemMatcher
	for _, task := range tasks.Tasks {
		require.Equal(t, []string{"process", "go", "${workspaceFolder}"}, []string{task.Type, task.Command, task.Options.Cwd}, task.Label)
		require.Equal(t, []string{"tool", "kata"}, task.Args[:2], task.Label)
		require.NotNil(t, command.Command(task.Args[2]), "%s calls a verb that kata does not have", task.Label)
		for i, m := range task.ProblemMatcher {
			m.Background = nil
			if len(matchers) == i {
				matchers = append(matchers, m)
			}
			require.Equal(t, matchers[i], m, "%s finds other problems than the tasks above it", task.Label)
		}
	}
	require.Len(t, matchers, 2)
}

func TestOtherEditorFiles(t *testing.T) {
	t.Parallel()
	var extensions struct{ Recommendations []string }
	decodeFile(t, ".vscode/extensions.json", &extensions)
	require.Equal(t, []string{"golang.go"}, extensions.Recommendations)
	var settings map[string]string
	decodeFile(t, ".vscode/settings.json", &settings)
	require.Equal(t, map[string]string{"go.testTimeout": "10m"}, settings)

	var container struct {
		Name, Image, PostCreateCommand string
		Customizations                 struct {
			Vscode struct{ Extensions []string }
		}
	}
	decodeFile(t, ".devcontainer/devcontainer.json", &container)
	mod, err := os.ReadFile("../../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go ([0-9]+\.[0-9]+)`).FindSubmatch(mod)
	require.Equal(t, "golang:"+string(version[1]), container.Image, "the container has go.mod's Go")
}

// problems compares what an editor finds in the output of a verb with a file:
// problems test stdout want.
func problems(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: problems verb stdout want")
	}
	text, err := os.ReadFile(ts.Getenv("TASKS"))
	ts.Check(err)
	var tasks tasksFile
	ts.Check(json.Unmarshal(text, &tasks))
	i := slices.IndexFunc(tasks.Tasks, func(t editorTask) bool { return t.Args[2] == args[0] })
	if i < 0 {
		ts.Fatalf("no task runs kata %s", args[0])
	}
	var found strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		for _, m := range tasks.Tasks[i].ProblemMatcher {
			found.WriteString(m.find(strings.TrimRight(line, "\r\n")))
		}
	}
	if want := ts.ReadFile(args[2]); found.String() != want {
		ts.Fatalf("problems found:\n%s\nwant:\n%s", found.String(), want)
	}
}

// find returns what the matcher sees in a line, "" if nothing.
func (m problemMatcher) find(line string) string {
	if b := m.Background; b != nil {
		switch {
		case regexp.MustCompile(b.BeginsPattern).MatchString(line):
			return m.Owner + " begins\n"
		case regexp.MustCompile(b.EndsPattern).MatchString(line):
			return m.Owner + " ends\n"
		}
	}
	p := m.Pattern
	g := regexp.MustCompile(p.Regexp).FindStringSubmatch(line)
	if g == nil {
		return ""
	}
	column := ""
	if p.Column > 0 && g[p.Column] != "" {
		column = ":" + g[p.Column]
	}
	return fmt.Sprintf("%s at %s:%s%s: %s\n", m.Owner, g[p.File], g[p.Line], column, g[p.Message])
}
