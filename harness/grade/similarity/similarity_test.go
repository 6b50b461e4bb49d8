package similarity

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/intake"
)

func exercise(t *testing.T, name string) *catalog.Exercise {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	e, err := c.Find(name)
	require.NoError(t, err)
	require.NoError(t, e.Load())
	return e
}

func TestExport(t *testing.T) {
	t.Parallel()
	echo, lines := exercise(t, "05"), exercise(t, "06")
	answer := func(files map[string]string) map[string]intake.Work {
		return map[string]intake.Work{"05-echo": {Files: files}}
	}
	submissions := []intake.Submission{
		{Student: "Zoë Ö", Work: answer(map[string]string{"echo.go": "zoe", "more.go": "more"})},
		{Student: "bob", Work: map[string]intake.Work{"06-lines": {Files: map[string]string{"lines.go": "bob"}}}},
		{Student: "../../=cmd|'x'", Work: answer(map[string]string{"echo.go": "mallory"})},
		{Student: "nobody", Refused: "it is empty"},
	}
	dir := filepath.Join(t.TempDir(), "new")
	compared, err := Export(dir, []*catalog.Exercise{echo, lines}, submissions)
	require.NoError(t, err)
	require.Equal(t, []*catalog.Exercise{echo}, compared, "one answer cannot be compared")

	stub, err := os.ReadFile(echo.Stub[0])
	require.NoError(t, err)
	for file, want := range map[string]string{
		"05-echo/base/echo.go":                       string(stub),
		"05-echo/submissions/Zoë_Ö/echo.go":          "zoe",
		"05-echo/submissions/Zoë_Ö/more.go":          "more",
		"05-echo/submissions/_______cmd__x_/echo.go": "mallory",
		"06-lines/submissions/bob/lines.go":          "bob",
	} {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
	text, err := os.ReadFile(filepath.Join(dir, "05-echo", "info.csv"))
	require.NoError(t, err)
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"filename", "full_name", "label"},
		{"submissions/Zoë_Ö/echo.go", "Zoë_Ö", "echo.go"},
		{"submissions/Zoë_Ö/more.go", "Zoë_Ö", "more.go"},
		{"submissions/_______cmd__x_/echo.go", "_______cmd__x_", "echo.go"},
	}, rows)

	_, err = Export(dir, []*catalog.Exercise{echo}, submissions)
	require.ErrorContains(t, err, "is not empty: choose a new folder")
}

func TestFolders(t *testing.T) {
	t.Parallel()
	var submissions []intake.Submission
	for _, name := range []string{"Ann", "ann", "a.nn", "a/nn", "", "..", "-rf", "--", "\xff", strings.Repeat("ж", 300)} {
		submissions = append(submissions, intake.Submission{Student: name})
	}
	require.Equal(t, []string{"Ann", "ann_2", "a_nn", "a_nn_2", "_", "__", "_rf", "__2", "__3", strings.Repeat("ж", 60)}, folders(submissions))
}
