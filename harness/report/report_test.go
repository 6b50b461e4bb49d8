package report_test

import (
	"bytes"
	"os"
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

func TestTmp(t *testing.T) {
	os.WriteFile("/tmp/wt/report-scratch/a.html", []byte(write(t, page())), 0o644)
}
