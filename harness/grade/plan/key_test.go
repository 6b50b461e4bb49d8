package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHashTexts: no text can pass for a name and another text.
func TestHashTexts(t *testing.T) {
	t.Parallel()
	seen := map[string]map[string]string{}
	for _, texts := range []map[string]string{
		{}, {"a": ""}, {"": "a"}, {"a": "b"}, {"a": "", "b": ""}, {"a": "\n\"b\" "}, {"a": "\" \"\n\"b"}, {"a \"\"\nb": ""}, {"ab": ""}, {"a": "\nb "}, {"a": "\xff"}, {"a": "\xfe"},
	} {
		hash := HashTexts(texts)
		require.Equal(t, hash, HashTexts(texts))
		require.NotContains(t, seen, hash, "%q", texts)
		seen[hash] = texts
	}
}
