package tell

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

func TestScriptLine(t *testing.T) {
	require.Regexp(t, `^tell_test.go:\d+$`, scriptLine())
	line := make(chan string)
	go func() { line <- scriptLine() }() // a function literal in a test belongs to its script
	require.Regexp(t, `^tell_test.go:\d+$`, <-line)
	go elsewhere(line)
	require.Equal(t, "the end of the script", <-line)
}

func elsewhere(line chan<- string) { line <- scriptLine() }

func TestTextNamesContractAndHint(t *testing.T) {
	got := text(failure.Failure{Requirement: "R3", Sentence: "it echoes", Arena: failure.Memory,
		Symptom: failure.Silence, File: "exercises/05-echo/echo.go"})
	require.Contains(t, got, "exercises/05-echo/README.md R3")
	require.Contains(t, got, "make hint EX=05")
}
