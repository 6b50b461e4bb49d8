package fault

import (
	"io"
	"testing/iotest"
)

// LastWithError returns a reader of r's bytes that gives the last byte and the error
// that follows in one Read. A Read of 0 bytes, in which iotest's would spin, returns
// at once.
func LastWithError(r io.Reader) io.Reader { return spinless{iotest.DataErrReader(r)} }

type spinless struct{ io.Reader }

func (s spinless) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return s.Reader.Read(p)
}
