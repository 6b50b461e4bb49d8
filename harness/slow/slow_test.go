package slow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStretch(t *testing.T) {
	for factor, want := range map[string]time.Duration{
		"": time.Second, "4": 4 * time.Second, "0.5": time.Second / 2,
		"0": time.Second, "-1": time.Second, "NaN": time.Second, "fast": time.Second,
	} {
		t.Setenv(Variable, factor)
		require.Equal(t, want, Stretch(time.Second), factor)
	}
}
