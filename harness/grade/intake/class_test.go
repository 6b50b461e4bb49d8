package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewestSubmissionWins(t *testing.T) {
	t.Parallel()
	old := file{name: "05-echo/echo.go", text: "old", at: monday.Add(-time.Hour)}
	current := file{name: "05-echo/echo.go", text: "new", at: monday.Add(time.Hour)}
	dir, read := class(t, map[string]string{
		"ana/05-echo/echo.go": "middle",
		"ana.zip":             string(zipped(t, file{name: "05-echo/first.go", at: monday}, current, file{name: "05-echo/last.go", at: monday})),
		"ana (1).zip":         string(zipped(t, old)),
		"ana.tar":             "garbage",
		"bo/1.zip":            string(zipped(t, old)),
		"bo/2.zip":            string(zipped(t, old)),
	})
	// When an archive was downloaded says nothing.
	require.NoError(t, os.Chtimes(filepath.Join(dir, "ana (1).zip"), time.Time{}, monday.Add(48*time.Hour)))
	all := read()
	require.Len(t, all, 2)
	require.Equal(t, "ana.zip", all[0].Source)
	require.Equal(t, "new", all[0].Work["05-echo"].Files["echo.go"])
	require.True(t, current.at.Equal(all[0].Work["05-echo"].Newest), "an answer is as old as its newest file")
	require.Equal(t, []string{"ana", "ana (1).zip", "ana.tar"}, all[0].Older)
	require.Equal(t, []string{"ana.tar is not graded: the archive is damaged: unexpected EOF"}, all[0].Notices)
	require.Equal(t, "bo/2.zip", all[1].Source, "if two are as new, the last by name counts")
}

func TestFolderThatCounts(t *testing.T) {
	t.Parallel()
	_, read := class(t, map[string]string{
		"ana/05-echo/echo.go":                "outside",
		"ana/kata/exercises/05-echo/echo.go": "counts",
		"bo/old/kata/05-echo/echo.go":        "deeper",
		"bo/week/05-echo/echo.go":            "counts",
		"cem/a/b/c/05-echo/echo.go":          "counts",
		"cem/echo.go":                        "in no folder",
	})
	for _, s := range read() {
		require.Equal(t, "counts", s.Work["05-echo"].Files["echo.go"], s.Student)
	}
}

func TestHostileFolders(t *testing.T) {
	t.Parallel()
	dir, read := class(t, map[string]string{
		"a\x1b[31m\xff<b>/05-echo/echo.go": "package echo",
		"ana.rar":                          "Rar!",
		"bo/05-echo/more.go":               "package echo",
		"empty/.keep":                      "",
		"notes.txt":                        "not a submission",
		"secret.go":                        "package secret",
	})
	require.NoError(t, os.Symlink(filepath.Join(dir, "secret.go"), filepath.Join(dir, "bo", "05-echo", "echo.go")))
	require.NoError(t, os.Symlink(filepath.Join(dir, "bo"), filepath.Join(dir, "mirror")))
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "bo", "06-lines")))
	all := read()
	require.Len(t, all, 5)
	require.Equal(t, "a\x1b[31m\\xff<b>", all[0].Student, "a name may hold anything that JSON can hold")
	require.Equal(t, "package echo", all[0].Work["05-echo"].Files["echo.go"])
	require.Equal(t, "the archive has an unknown format: hand in a zip, tar or tar.gz", all[1].Refused)
	require.Equal(t, "05-echo/echo.go is a link: hand in the file itself", all[2].Work["05-echo"].Refused)
	require.NotContains(t, all[2].Work, "06-lines")
	require.Equal(t, []string{"no exercise is in it: keep the folders' names, such as 05-echo"}, all[3].Notices)
	require.Equal(t, "the submission is a link or no regular file: put the folder or the archive itself there", all[4].Refused)

	_, strangers, err := Read(dir, exercises, known)
	require.NoError(t, err)
	require.Equal(t, []string{"notes.txt", "secret.go"}, strangers)
}

func TestWrongFolder(t *testing.T) {
	t.Parallel()
	dir, _ := class(t, map[string]string{"exercises/05-echo/echo.go": "package echo"})
	_, _, err := Read(dir, exercises, known)
	require.ErrorContains(t, err, "is one submission: give the folder above it")
	_, _, err = Read(filepath.Join(dir, "none"), exercises, known)
	require.ErrorContains(t, err, "read the submissions: open ")
}
