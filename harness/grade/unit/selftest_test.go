package unit

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/exam"
)

// No attack scores a point, with or without the list of what answers may use.
func TestAttacks(t *testing.T) {
	_, all := open(t, Options{})
	attacks, err := Attacks(all.Root)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(attacks), 50)
	if os.Getenv("KATA_ATTACKS") == "" {
		t.Skip(exam.LeftOut + "they take minutes; KATA_ATTACKS=1 tries them all, and KATA_ATTACKS=part those with that in their names")
	}
	s, err := NewStrength(t.Context(), all, "auto")
	require.NoError(t, err)
	t.Cleanup(s.Close)
	for _, a := range attacks {
		if part := os.Getenv("KATA_ATTACKS"); part != "1" && !strings.Contains(a.Name, part) {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			wrong, err := s.Try(t.Context(), a)
			require.NoError(t, err)
			require.Empty(t, wrong)
		})
	}
}
