package fault_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

func TestLastWithError(t *testing.T) {
	r := fault.LastWithError(strings.NewReader("07:15"))
	n, err := r.Read(nil)
	require.NoError(t, err)
	require.Zero(t, n)
	p := make([]byte, 8)
	n, err = r.Read(p)
	require.Equal(t, "07:15", string(p[:n]))
	require.ErrorIs(t, err, io.EOF)
}
