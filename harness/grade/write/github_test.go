package write_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/grade/write"
)

var command = regexp.MustCompile(`^\s*::([a-z-]+)(?: ([^:]*))?::(.*)$`)

// A told is a workflow command as a runner sees it.
type told struct{ name, title, data string }

// runner reads a step's output as the runner of GitHub Actions does.
func runner(t *testing.T, out []byte) (commands []told) {
	t.Helper()
	unquote := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	stopped := ""
	for _, line := range strings.Split(string(out), "\n") {
		m := command.FindStringSubmatch(line)
		switch {
		case stopped != "":
			if strings.TrimSpace(line) == "::"+stopped+"::" {
				stopped = ""
			}
		case m == nil:
			require.Empty(t, line, "text stands outside the log")
		case m[1] == "stop-commands":
			stopped = m[3]
		default:
			require.NotContains(t, m[2], ",", "a comma begins another property")
			commands = append(commands, told{m[1], unquote.Replace(strings.TrimPrefix(m[2], "title=")), unquote.Replace(m[3])})
		}
	}
	require.Empty(t, stopped)
	return commands
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	class := hostile()
	for i := range class { // alone, nobody's annotations are too many
		text, err := write.Annotations(class[i:i+1], "f00d")
		require.NoError(t, err)
		require.Equal(t, annotated(class[i:i+1]), runner(t, text))
	}
	text, err := write.Annotations(class, "f00d")
	require.NoError(t, err)
	got := runner(t, text)
	require.Len(t, got, 11)
	require.Equal(t, annotated(class)[:10], got[:10])
	require.Equal(t, "notice", got[10].name)
	_, err = write.Annotations(class, "")
	require.EqualError(t, err, "annotations need a mark that no submission knows")
}

// annotated are the annotations that a class should have.
func annotated(class []verdict.Student) (want []told) {
	for _, s := range class {
		for _, u := range s.Units {
			if u.Status == verdict.Passed {
				continue
			}
			says := u.Says
			for _, c := range u.Checks {
				if c.Status == verdict.Failed {
					says += "\n" + c.ID + ": " + c.Sentence
				}
			}
			want = append(want, told{"error", s.Name + " " + u.Exercise, says})
		}
	}
	return want
}

// TestSummary reads the summary as HTML, which is what Markdown makes of a block
// without empty lines, and wants nothing but the elements that we wrote.
func TestSummary(t *testing.T) {
	t.Parallel()
	class := hostile()
	text := write.Summary(class)
	require.NotContains(t, string(text), "\n\n", "an empty line would end the HTML")
	require.Regexp(t, `^[^*_|\x60\\\[\]@~]*$`, string(text), "Markdown would know these")
	doc, err := html.Parse(bytes.NewReader(text))
	require.NoError(t, err)
	var names []string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			require.NotEqual(t, html.CommentNode, n.Type)
			continue
		}
		require.Contains(t, []string{"html", "head", "body", "table", "tbody", "tr", "th", "td", "details", "summary", "pre"}, n.Data)
		require.Empty(t, n.Attr)
		if n.Data == "td" && n.PrevSibling == nil {
			names = append(names, n.FirstChild.Data)
		}
	}
	for i, s := range class {
		require.Equal(t, s.Name, names[i])
	}
}

func TestSummaryStaysBelowTheLimit(t *testing.T) {
	t.Parallel()
	b := booktest.Class(30)
	for _, student := range b.Students {
		for _, u := range student.Units {
			for i := range u.Results {
				u.Results[i].Text = strings.Repeat("*", 8000)
			}
		}
	}
	text := write.Summary(verdict.Class(b, verdict.Full))
	require.LessOrEqual(t, len(text), 1<<20)
	require.True(t, bytes.HasSuffix(text, []byte("<p>The rest does not fit into a job summary. It is in the other reports.</p>\n")))
}

// TestWorkflowRecipe wants a recipe that GitHub's runner understands, as far as
// actionlint knows.
func TestWorkflowRecipe(t *testing.T) {
	t.Parallel()
	actionlint, err := exec.LookPath("actionlint")
	if err != nil {
		t.Skip("actionlint is not installed: go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
	}
	recipe, err := os.ReadFile("../recipes/github/grade.yml")
	require.NoError(t, err)
	check := func(text string) error {
		file := filepath.Join(t.TempDir(), "grade.yml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return exec.CommandContext(t.Context(), actionlint, file).Run()
	}
	require.NoError(t, check(string(recipe)))
	for _, part := range []string{"runs-on:", "needs:"} {
		require.Contains(t, string(recipe), part)
		require.Error(t, check(strings.Replace(string(recipe), part, "x"+part, 1)), part)
	}
}
