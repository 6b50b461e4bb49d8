package report_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/report"
)

func write(t *testing.T, p report.Page) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, p))
	return b.String()
}

