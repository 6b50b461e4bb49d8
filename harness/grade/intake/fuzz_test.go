package intake

import (
	"archive/tar"
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzArchive: whatever the bytes are, an archive is read or refused in one
// sentence, and what is taken keeps to the limits.
func FuzzArchive(f *testing.F) {
	echo := file{name: "05-echo/echo.go", text: "package echo", at: monday}
	f.Add(zipped(f, echo, file{name: "05-echo/catch/a_test.go", text: "package catch"}))
	f.Add(tarred(f, echo, file{name: "exercises/06-lines/lines.go", typeflag: tar.TypeSymlink}))
	f.Add(gzipped(f, tarred(f, echo, file{name: `..\05-echo\x.go`})))
	f.Add(encryptedZip(f))
	f.Add(falseSize(f))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		c := newCollector(exercises, known)
		err := unpack(bytes.NewReader(archive), int64(len(archive)), c)
		var refused refusal
		require.True(t, err == nil || errors.As(err, &refused), "%v", err)
		var s Submission
		s.settle(err)
		c.finish(&s)
		require.LessOrEqual(t, c.total, int64(maxTotal))
		require.LessOrEqual(t, len(s.Notices), maxNotices+1)
		for _, n := range s.Notices {
			require.True(t, utf8.ValidString(n))
			require.NotContains(t, n, "\n")
		}
		for _, w := range s.Work {
			require.LessOrEqual(t, len(w.Files), maxFiles)
			for name, text := range w.Files {
				require.Regexp(t, goName, name)
				require.LessOrEqual(t, len(text), maxFile)
			}
		}
	})
}
