package failure_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

func halfClose() failure.Failure {
	return failure.Failure{
		Requirement: "R3",
		Sentence:    "the echo still arrives after the client half-closed",
		Arena:       "memory",
		Reason:      "R3: the echo still arrives after the client half-closed",
		Got:         "EOF after 0 bytes",
		Want:        `"ping\n"`,
		Code:        []string{"Serve returned nil (echo.go:21)"},
		Wire: []string{
			`client                       your server`,
			`  │── "ping\n" ─────────────▶│   0.1ms`,
			`  │── FIN ──────────────────▶│   0.1ms`,
			`  │◀────────────────── FIN ──│   0.2ms`,
		},
		Symptom: failure.EarlyEOF,
	}
}

func options() failure.Options {
	return failure.Options{
		Say:      "closing on the client's FIN before the reply is written",
		Contract: "exercises/05-echo/README.md R3",
		Hint:     "make hint EX=05",
	}
}

func requireText(t *testing.T, want, got string) {
	t.Helper()
	want = strings.Trim(want, "\n")
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("text (-want +got):\n%s\ngot\n%s", diff, got)
	}
}

func TestText(t *testing.T) {
	requireText(t, `
  ✗ R3  the echo still arrives after the client half-closed

        got   EOF after 0 bytes
        want  "ping\n"
        your code: Serve returned nil (echo.go:21)

        client                       your server
          │── "ping\n" ─────────────▶│   0.1ms
          │── FIN ──────────────────▶│   0.1ms
          │◀────────────────── FIN ──│   0.2ms

        likely cause: closing on the client's FIN before the reply is written
        contract: exercises/05-echo/README.md R3 · hint: make hint EX=05
`, halfClose().Text(options()))
}

func TestTextWithEverything(t *testing.T) {
	f := halfClose()
	f.Requirement = "R12"
	f.Arena = "loopback"
	f.Step = true
	f.Reason = "the second of two clients is served while the first one says nothing at all, and for long"
	f.Mark = "got the first 700 of 4096 bytes"
	f.Code = []string{"Serve at echo.go:14, blocked in Read for 500ms", "handle at echo.go:30, blocked in Write"}
	f.Repeat = "KATA_SEED=42 make test EX=05"
	f.Artifact = "/tmp/wire.txt"
	o := options()
	o.Indent = "| "
	requireText(t, `
|   ✗ R12 the echo still arrives after the client half-closed
|         failed step: the second of two clients is served while the first one
|                      says nothing at all, and for long
|         (over real loopback sockets)

|         got   EOF after 0 bytes
|         want  "ping\n"
|         got the first 700 of 4096 bytes
|         your code: Serve at echo.go:14, blocked in Read for 500ms
|                    handle at echo.go:30, blocked in Write

|         client                       your server
|           │── "ping\n" ─────────────▶│   0.1ms
|           │── FIN ──────────────────▶│   0.1ms
|           │◀────────────────── FIN ──│   0.2ms

|         likely cause: closing on the client's FIN before the reply is written
|         repeat: KATA_SEED=42 make test EX=05
|         whole conversation: /tmp/wire.txt
|         contract: exercises/05-echo/README.md R3 · hint: make hint EX=05
`, f.Text(o))
}

func TestTextOfAStub(t *testing.T) {
	f := failure.Failure{
		Requirement: "R1",
		Sentence:    "one message comes back",
		Arena:       "loopback",
		Got:         "never shown",
		Wire:        []string{"never shown"},
		Symptom:     failure.NotWritten,
		Stub:        "echo: Serve is not written yet",
		File:        "exercises/05-echo/echo.go",
	}
	o := options()
	o.Contract = "exercises/05-echo/README.md R1"
	requireText(t, `
  ✗ R1  one message comes back

        not implemented yet, so this is meant to fail
        edit:     exercises/05-echo/echo.go
        it says:  echo: Serve is not written yet

        contract: exercises/05-echo/README.md R1 · hint: make hint EX=05
`, f.Text(o))
}

func TestTextWithoutAnything(t *testing.T) {
	require.Equal(t, "  ✗ R1  one message comes back",
		failure.Failure{Requirement: "R1", Sentence: "one message comes back"}.Text(failure.Options{}))
}

func TestTextLosesNothingWithoutColor(t *testing.T) {
	o := options()
	o.Color = true
	colored := halfClose().Text(o)
	require.Contains(t, colored, "\x1b[31m  ✗ R3  the echo still arrives after the client half-closed\x1b[0m\n")
	require.Contains(t, colored, "▶│\x1b[2m   0.1ms\x1b[0m\n")
	require.Equal(t, 4, strings.Count(colored, "\x1b[0m"), "the rule and three times, nothing else")

	strip := strings.NewReplacer("\x1b[31m", "", "\x1b[2m", "", "\x1b[0m", "")
	o.Color = false
	require.Equal(t, halfClose().Text(o), strip.Replace(colored))
}

func TestTextIsShort(t *testing.T) {
	f := halfClose()
	f.Got = strings.Repeat("line\n", 100)
	f.Want = strings.Repeat("x", 10_000)
	for range 40 {
		f.Code = append(f.Code, "main.go:1")
		f.Wire = append(f.Wire, "  │◀────────────────── FIN ──│   0.3ms")
	}
	text := f.Text(options())
	require.LessOrEqual(t, strings.Count(text, "\n"), 30)
	require.Contains(t, text, "\n              … 97 more lines\n")
	require.Contains(t, text, "\n                   … 34 more lines\n")
	require.Contains(t, text, "\n        client                       your server\n          … earlier rows are left out\n")
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, len([]rune(line)), 160)
	}
}

func TestTextPassesNoControlCharacterOn(t *testing.T) {
	const evil = "\x1b[2J\a\r\u202e\x9b\xff\u00a0x\ty"
	const tame = `\x1b[2J\a\r\u202e\x9b\xff x    y`
	f := failure.Failure{
		Requirement: evil, Sentence: evil, Reason: evil + "2", Got: evil, Want: evil, Mark: evil,
		Code: []string{evil}, Wire: []string{evil, evil + "\n"}, Repeat: evil, Artifact: evil,
	}
	o := failure.Options{Say: evil, Contract: evil, Hint: evil}
	requireTame := func(text string, times int) {
		for _, r := range text {
			require.True(t, r == '\n' || r >= ' ' && r < 0x7f || strings.ContainsRune("✗·", r), "%q in\n%s", r, text)
		}
		require.Equal(t, times, strings.Count(text, tame), text)
	}
	requireTame(f.Text(o), 14)
	f.Stub, f.File = evil, evil
	requireTame(f.Text(o), 6)
}

func TestWantIsNotSaidTwice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ sentence, reason, want, shown string }{
		{"a client is served", "the conn ends when its handler returns", "the conn ends", ""},
		{"a client is served", "pigs fly", "pigs fly", ""},
		{"pigs fly, all of them", "the third flies", "pigs fly", ""},
		{"a client is served", "the conn ends", "the conn ends at once", "the conn ends at once"},
		{"a client is served", "the conn endsures", "the conn ends", "the conn ends"},
		{"a client is served", "5 of 13 bytes", "5", "5"},
	} {
		text := failure.Failure{Requirement: "R1", Sentence: test.sentence, Reason: test.reason, Got: "something else", Want: test.want}.Text(failure.Options{})
		_, shown, _ := strings.Cut(text, "want  ")
		require.Equal(t, test.shown, shown, text)
	}
}
