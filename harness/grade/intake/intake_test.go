package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	exercises = []Exercise{
		{Name: "05-echo", Files: []string{"echo.go"}, Tests: []string{"echo_test.go"}},
		{Name: "06-lines", Files: []string{"lines.go"}, Tests: []string{"lines_test.go"}},
	}
	monday = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
)

func known(name string) bool { return name == "05-echo" || name == "06-lines" || name == "07-later" }

// A file is one entry of a submission that a test makes.
type file struct {
	name, text string
	typeflag   byte // of a tar
	at         time.Time
}

func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: f.at}
		if f.typeflag == tar.TypeSymlink {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		out, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = out.Write([]byte(f.text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func tarred(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.text)), Typeflag: f.typeflag, ModTime: f.at}
		if f.typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag != tar.TypeReg {
			h.Size, h.Linkname = 0, "/etc/passwd"
		}
		require.NoError(t, w.WriteHeader(h))
		if h.Size > 0 {
			_, err := w.Write([]byte(f.text))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// class writes files into a folder of submissions and reads it.
func class(t *testing.T, files map[string]string) (dir string, read func() []Submission) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		require.NoError(t, os.Chtimes(name, monday, monday))
	}
	return dir, func() []Submission {
		all, _, err := Read(dir, exercises, known)
		require.NoError(t, err)
		return all
	}
}

func TestFormsOfSubmissions(t *testing.T) {
	t.Parallel()
	echo := []file{{name: "05-echo/echo.go", text: "package echo", at: monday}}
	deep := []file{{name: "kata-main/exercises/05-echo/echo.go", text: "package echo", at: monday},
		{name: "kata-main/solutions/05-echo/echo.go", text: "package solved"},
		{name: "kata-main/.kept/05-echo/echo.go", text: "package kept"},
		{name: "kata-main/exercises/05-echo/echo_test.go", text: "package echo_test"},
		{name: "kata-main/exercises/05-echo/README.md", text: "contract"}}
	_, read := class(t, map[string]string{
		"flat/echo.go":                         "package echo",
		"folder/05-echo/echo.go":               "package echo",
		"moodle/hand-in.zip":                   string(zipped(t, echo...)),
		"repository/exercises/05-echo/echo.go": "package echo",
		"repository/solutions/05-echo/echo.go": "package solved",
		"tar.tar":                              string(tarred(t, deep...)),
		"targz.tar.gz":                         string(gzipped(t, tarred(t, echo...))),
		"tgz.tgz":                              string(gzipped(t, tarred(t, deep...))),
		"windows.zip":                          string(zipped(t, file{name: `exercises\05-echo\echo.go`, text: "package echo"})),
		"zip (2).zip":                          string(zipped(t, deep...)),
	})
	var names []string
	for _, s := range read() {
		names = append(names, s.Student)
		require.Equal(t, map[string]string{"echo.go": "package echo"}, s.Work["05-echo"].Files, s.Student)
		require.Len(t, s.Work, 1, s.Student)
		require.Empty(t, s.Notices, s.Student)
		require.True(t, s.readable(), s.Student)
	}
	require.Equal(t, []string{"flat", "folder", "moodle", "repository", "tar", "targz", "tgz", "windows", "zip"}, names)
}

func TestFilesOfAnAnswer(t *testing.T) {
	t.Parallel()
	_, read := class(t, map[string]string{
		"ana/05-echo/echo.go":            "package echo",
		"ana/05-echo/echo_windows.go":    "package echo",
		"ana/05-echo/helper.go":          "package echo",
		"ana/05-echo/helper.s":           "TEXT",
		"ana/05-echo/mine_test.go":       "package echo",
		"ana/05-echo/_old.go":            "package echo",
		"ana/05-echo/catch/mine_test.go": "package catch",
		"ana/05-echo/catch/helper.go":    "package catch",
		"ana/05-echo/a b.go":             "package echo",
		"ana/06-lines/LINES.go":          strings.Repeat("x", maxFile+1),
		"ana/06-lines/lines.go":          strings.Repeat("x", maxFile+1),
		"ana/07-later/later.go":          "package later",
		"ana/99-none/none.go":            "package none",
		"ana/old/05-echo/echo.go":        "package old",
	})
	s := read()[0]
	require.Equal(t, Work{
		Files:  map[string]string{"echo.go": "package echo", "echo_windows.go": "package echo", "helper.go": "package echo"},
		Catch:  map[string]string{"mine_test.go": "package catch"},
		Newest: s.Work["05-echo"].Newest,
	}, s.Work["05-echo"])
	require.True(t, monday.Equal(s.Work["05-echo"].Newest))
	require.Equal(t, "06-lines/lines.go is larger than 256 KiB", s.Work["06-lines"].Refused)
	require.Equal(t, []string{
		`"05-echo/a b.go" is left out: it has a name with other characters than letters, digits, _, - and .`,
		"05-echo/helper.s is left out: an answer is made of .go files",
		"05-echo/mine_test.go is left out: only the exercise's own tests run",
		"06-lines/LINES.go is left out: it is larger than 256 KiB",
		"99-none is left out: there is no exercise of that name",
		"05-echo is there 2 times: 05-echo is graded",
	}, s.Notices)
}

func TestHostileEntries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		archive []byte
		refused string // the submission
		work    string // the exercise
		notice  string
	}{
		"empty":      {archive: nil, refused: "the archive is empty"},
		"no files":   {archive: zipped(t), notice: "no exercise is in it: keep the folders' names, such as 05-echo"},
		"garbage":    {archive: []byte("PK\x03\x04 garbage"), refused: "the archive is damaged: zip: not a valid zip file"},
		"cut off":    {archive: gzipped(t, tarred(t, file{name: "05-echo/echo.go", text: "package echo"}))[:60], refused: "the archive is damaged: unexpected EOF"},
		"nested":     {archive: zipped(t, file{name: "all.zip", text: "PK"}), notice: "no exercise is in it, but an archive is: hand in the files, or one archive of them"},
		"above":      {archive: zipped(t, file{name: "../05-echo/echo.go"}), notice: "../05-echo/echo.go is left out: its path leads out of the submission"},
		"absolute":   {archive: tarred(t, file{name: "/05-echo/echo.go"}), notice: "/05-echo/echo.go is left out: its path leads out of the submission"},
		"backslash":  {archive: zipped(t, file{name: `..\05-echo\echo.go`}), notice: `"..\\05-echo\\echo.go" is left out: its path leads out of the submission`},
		"control":    {archive: zipped(t, file{name: "05-echo/\x1b[2Jecho.go"}), notice: `"05-echo/\x1b[2Jecho.go" is left out: its name has control characters`},
		"not UTF-8":  {archive: tarred(t, file{name: "05-echo/\xff.go"}), notice: `"05-echo/\xff.go" is left out: its name is not UTF-8`},
		"symlink":    {archive: zipped(t, file{name: "05-echo/echo.go", text: "/etc/passwd", typeflag: tar.TypeSymlink}), work: "05-echo/echo.go is a link: hand in the file itself"},
		"tar link":   {archive: tarred(t, file{name: "05-echo/echo.go", typeflag: tar.TypeSymlink}), work: "05-echo/echo.go is a link: hand in the file itself"},
		"hard link":  {archive: tarred(t, file{name: "05-echo/more.go", typeflag: tar.TypeLink}), notice: "05-echo/more.go is left out: it is a link: hand in the file itself"},
		"device":     {archive: tarred(t, file{name: "05-echo/echo.go", typeflag: tar.TypeChar}), work: "05-echo/echo.go is not a regular file: hand in the file itself"},
		"encrypted":  {archive: encryptedZip(t), work: "05-echo/echo.go is encrypted: hand it in without a password"},
		"twice":      {archive: zipped(t, file{name: "05-echo/echo.go", text: "a"}, file{name: "05-echo/echo.go", text: "b"}), work: "05-echo/echo.go is there twice"},
		"case":       {archive: zipped(t, file{name: "05-echo/ECHO.go", text: "a"}, file{name: "05-echo/echo.go", text: "b"}), work: "05-echo/echo.go differs from ECHO.go in case only"},
		"bomb":       {archive: zipped(t, file{name: "05-echo/echo.go", text: strings.Repeat(" ", 50<<20)}), work: "05-echo/echo.go is larger than 256 KiB"},
		"false size": {archive: falseSize(t), work: "05-echo/echo.go cannot be read: zip: not a valid zip file"},
		"tar bomb":   {archive: tarBomb(t), refused: "the archive unpacks to more than 512 MiB: hand in the exercises only"},
		"many":       {archive: zipped(t, make([]file, maxEntries+1)...), refused: "it holds more than 20000 files: hand in the exercises only"},
		"large":      {archive: zipped(t, large()...), refused: "its Go files are larger than 4 MiB: hand in the exercises only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, read := class(t, map[string]string{"ana.zip": string(c.archive), "zoe/05-echo/echo.go": "package echo"})
			all := read()
			require.Len(t, all, 2)
			s := all[0]
			require.Equal(t, c.refused, s.Refused)
			require.Empty(t, s.Fault)
			require.Equal(t, c.work, s.Work["05-echo"].Refused)
			if c.notice != "" {
				require.Equal(t, []string{c.notice}, s.Notices)
			}
			require.Equal(t, map[string]string{"echo.go": "package echo"}, all[1].Work["05-echo"].Files, "the next student is unaffected")
			require.Len(t, entriesOf(t, dir), 2, "nothing is unpacked")
		})
	}
}

func entriesOf(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	return entries
}

// encryptedZip is a zip with the flag of an encrypted file.
func encryptedZip(t testing.TB) []byte {
	b := zipped(t, file{name: "05-echo/echo.go", text: "secret"})
	i := bytes.LastIndex(b, []byte("PK\x01\x02"))
	b[i+8] |= 1
	return b
}

// falseSize is a zip whose file is larger than its header says.
func falseSize(t testing.TB) []byte {
	b := zipped(t, file{name: "05-echo/echo.go", text: strings.Repeat("x", 1000)})
	i := bytes.LastIndex(b, []byte("PK\x01\x02"))
	copy(b[i+24:], []byte{10, 0, 0, 0})
	return b
}

// tarBomb is a small archive that unpacks to more than the limit.
func tarBomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	w := tar.NewWriter(z)
	zeros := make([]byte, 1<<20)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: maxUnpacked + 1<<20}))
	for range maxUnpacked>>20 + 1 {
		_, err := w.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func large() []file {
	var files []file
	for _, dir := range []string{"a", "b", "c"} {
		for i := range 8 {
			files = append(files, file{name: dir + "/05-echo/f" + string(rune('a'+i)) + ".go", text: strings.Repeat("x", maxFile)})
		}
	}
	return files
}
