package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// TestHelpFitsATerminal: no line of the list of verbs is wider than 80 columns.
func TestHelpFitsATerminal(t *testing.T) {
	t.Parallel()
	var out, problems bytes.Buffer
	require.Zero(t, run([]string{"kata", "help"}, &out, &problems))
	require.Contains(t, out.String(), "probe")
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
	}
}
