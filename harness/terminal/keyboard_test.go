package terminal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFunctionKeysAreNoLetters(t *testing.T) {
	t.Parallel()
	for keys, want := range map[string]string{
		"h":              "h",
		"hn\x03":         "hn\x03",
		"\x1b":           "",
		"\x1b[A":         "",
		"\x1bOql":        "l", // keypad
		"\x1b[15~h":      "h", // F5
		"\x1bn":          "",  // Alt-n
		"h\x1b[1;5C":     "h", // Ctrl-Right
		"q\x1b[":         "q", // cut off
		"\x1b[Ah\x1bOAl": "hl",
	} {
		require.Equal(t, want, string(plainKeys([]byte(keys))), "%q", keys)
	}
}
