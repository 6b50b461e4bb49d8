package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

func TestWrongBytesAreFoundAgain(t *testing.T) {
	t.Parallel()
	want := wire.Numbered(64 << 10)
	for name, test := range map[string]struct{ got, origin string }{
		"left out":          {want[:1000] + want[1053:], "53 bytes are missing there"},
		"one left out":      {want[:1000] + want[1001:], "1 byte is missing there"},
		"left out twice":    {want[:1000] + want[1053:4000] + want[5000:], "there it goes on at byte 1053: 53 bytes are missing"},
		"sent twice":        {want[:1007] + want[205:], "there it goes back to byte 205"},
		"overwritten":       {want[:800] + want[9600:9600+800] + want[1600:], "800 bytes there are those of byte 9603"},
		"overwritten early": {want[:8000] + want[800:1600] + want[8800:], "800 bytes there are those of byte 803"},
		"found nowhere":     {want[:1000] + "what is this that comes here", ""},
		"too short to tell": {want[:1000] + want[2008:2016], ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, mark := wire.Compare([]byte(want), []byte(test.got))
			_, origin, _ := strings.Cut(mark, "; ")
			require.Equal(t, test.origin, origin, mark)
		})
	}
}
