package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbered(t *testing.T) {
	long := Numbered(8*1101 + 3)
	require.Len(t, long, 8*1101+3)
	for i, line := range strings.SplitAfter(long, "\n")[:1101] {
		require.Equal(t, fmt.Sprintf("%07d\n", i), line)
	}
	require.Equal(t, long[:13], Numbered(13), "the same text, whatever its length")
}
