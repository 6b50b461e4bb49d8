package peer_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

// misbehaves lists the tests of testdata/cases with the symptom that each must
// fail with in every arena, and words that must be in its text.
var misbehaves = map[string]struct {
	symptom failure.Symptom
	says    string
}{
	"TestSilence":                {failure.Silence, "it is blocked in io.Copy at cases.go"},
	"TestSilenceVirtual":         {failure.Silence, "in virtual time"},
	"TestEarlyEOF":               {failure.EarlyEOF, "EOF (FIN) before the first byte"},
	"TestEarlyEOFBeforeReturn":   {failure.EarlyEOF, "returned the error \"multiple Read calls"},
	"TestMissingTail":            {failure.MissingTail, "got the first 2 of 3 bytes, then EOF (FIN)"},
	"TestMissingTailOpen":        {failure.MissingTail, "then silence: the conn is still open"},
	"TestWrongBytes":             {failure.WrongBytes, "first difference at byte 1"},
	"TestNotTLS":                 {failure.LayerError, `the error "tls: first record does not look like a TLS handshake"`},
	"TestDatagramSilence":        {failure.Silence, "silence: no datagram came"},
	"TestDatagramCut":            {failure.MissingTail, `a datagram: "ye"`},
	"TestDatagramsMerged":        {failure.ExtraBytes, `a datagram: "yesyes"`},
	"TestDatagramExtra":          {failure.ExtraBytes, "no datagram before the answer"},
	"TestDatagramExtraVirtual":   {failure.ExtraBytes, `a datagram: ""`},
	"TestDatagramStranger":       {failure.WrongValue, "one from the server's address, 127.0.0.1:"},
	"TestFileNotHandedOver":      {failure.WrongValue, "no descriptor came with the bytes"},
	"TestFileLate":               {failure.WrongValue, "no descriptor came with the bytes"},
	"TestFileUnclaimed":          {failure.WrongValue, "1 descriptor came with the bytes"},
	"TestFileBeforeEnd":          {failure.WrongValue, "1 descriptor came with the bytes"},
	"TestServerElsewhere":        {failure.WrongValue, `"192.0.2.1:7" is not on loopback`},
	"TestInherited":              {failure.WrongValue, "a program started from here inherits the descriptor"},
	"TestReset":                  {failure.Reset, "the conn was reset (RST)"},
	"TestPanic":                  {failure.Panic, "panic: index out of range"},
	"TestPanicAfterClose":        {failure.Panic, "panic: index out of range"},
	"TestExit":                   {failure.Exit, "Exit called os.Exit at cases.go:"},
	"TestNotWritten":             {failure.NotWritten, "not implemented yet"},
	"TestGone":                   {failure.Silence, "returned the error \"multiple Read calls"},
	"TestExtraBytes":             {failure.ExtraBytes, `"more"`},
	"TestStaysOpen":              {failure.StaysOpen, "the conn is still open: your code has sent neither FIN nor RST"},
	"TestResetAtEnd":             {failure.Reset, "EOF (FIN) and no more bytes"},
	"TestResetAtOnce":            {failure.Reset, "the conn was reset (RST)"},
	"TestRefused":                {failure.Refused, "connection refused"},
	"TestNoAnswer":               {failure.Silence, "the dial got no answer"},
	"TestFullIsNotRefused":       {failure.StaysOpen, "the dial got no answer"},
	"TestStillListens":           {failure.StaysOpen, "the conn is established"},
	"TestLineWithoutEnd":         {failure.MissingTail, "no newline, then EOF (FIN)"},
	"TestWrongLine":              {failure.WrongBytes, `"may I?"`},
	"TestFlood":                  {failure.MissingTail, "is blocked in Write at cases.go:"},
	"TestNotReading":             {failure.NotReading, "stopped reading"},
	"TestPieceNotRead":           {failure.NotReading, "has not read what was sent"},
	"TestReturnedEarly":          {failure.ReturnedEarly, "returned nil"},
	"TestNeverReturned":          {failure.NeverReturned, "has not returned"},
	"TestSpinAside":              {failure.Spin, "busy loop at cases.go:"},
	"TestSpinAccept":             {failure.Spin, "busy loop"},
	"TestLeakedConn":             {failure.Leak, "never closed: 1 of 1 accepted conns; no Close follows Accept"},
	"TestKeptConns":              {failure.Leak, "30 of 30 are still in memory"},
	"TestLeakedDescriptor":       {failure.Leak, "(a conn from 127.0.0.1:"},
	"TestLeakedDescriptorAtStep": {failure.Leak, "(a conn from 127.0.0.1:"},
	"TestLeakedGoroutine":        {failure.Leak, "1 goroutine is left, started at cases.go:"},
	"TestLeakedGoroutineVirtual": {failure.Leak, "1 goroutine is left, started at cases.go:"},
	"TestGrowth":                 {failure.Growth, "your code took 1048576 bytes"},
	"TestTakesAll":               {failure.Growth, "all 1048576 bytes were taken"},
	"TestNotQuiet":               {failure.ExtraBytes, `"more"`},
	"TestNeverHappened":          {failure.NeverHappened, "it has not happened; goroutines in your code: 0"},
	"TestNeverEnded":             {failure.NeverHappened, "goroutines in your code: 1"},
	"TestNeverHappenedButSeen":   {failure.NeverHappened, "pigs walk"},
	"TestSeed":                   {failure.WrongValue, "KATA_SEED="},
	"TestReturnedError":          {failure.ReturnedError, `the error "unexpected EOF"`},
	"TestReturnedErrorOfCall":    {failure.ReturnedError, `Call returned the error "unexpected EOF"`},
	"TestNoError":                {failure.NoError, "got   no error"},
	"TestNoErrorOfCall":          {failure.NoError, "got   Call returned nil"},
	"TestNoErrorOfAnother":       {failure.NoError, "got   no error"},
	"TestNoErrorIs":              {failure.NoError, `wraps, "use of closed network connection"`},
	"TestWrongError":             {failure.WrongError, `wraps, "use of closed network connection"`},
	"TestEveryError":             {failure.WrongError, "not every error there is"},
	"TestBothEnds":               {failure.WrongError, "not both errors of a context"},
	"TestOtherNumber":            {failure.WrongValue, `got   "byte 270 of 7"`},
	"TestNoNumber":               {failure.WrongValue, `got   no number in "EOF"`},
	"TestWrongValue":             {failure.WrongValue, "want  1"},
	"TestEndsLate":               {failure.WrongValue, "one is one"},
	"TestManyCalls":              {failure.WrongValue, "(2 earlier calls returned)"},
	"TestNotLess":                {failure.WrongValue, "less than 1"},
	"TestNotAtLeast":             {failure.WrongValue, "at least 2s"},
	"TestNotAtMost":              {failure.WrongValue, "at most 1"},
}

func TestEveryMisbehaviourIsNamed(t *testing.T) {
	t.Parallel()
	seen := failuresOf(t, "-skip=^Test(Guard|Record|Spin$)")
	for name, want := range misbehaves {
		t.Run(name, func(t *testing.T) {
			require.True(t, seen[name] != nil, "it did not run: the process ended before")
			require.NotEmpty(t, seen[name].failures, "it did not fail")
			require.Equal(t, "fail", seen[name].result, "the process ended: %v", seen[name].failures)
			for _, f := range seen[name].failures {
				require.Equal(t, want.symptom, f.Symptom, f.Text(failure.Options{}))
				require.Contains(t, f.Text(failure.Options{}), want.says)
			}
			require.Len(t, seen[name].failures, seen[name].arenas, "it must fail in every arena")
		})
	}
	for name, o := range seen {
		if strings.HasPrefix(name, "TestRight") {
			require.Equal(t, "pass", o.result, "a right subject was failed: %v", o.failures)
			continue
		}
		require.Contains(t, misbehaves, name, "a case and its expectation belong together")
	}
	require.Contains(t, seen, "TestRight")
}

// TestEndsTheProcess checks that code which nothing can stop ends the process,
// with a message.
func TestEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		symptom failure.Symptom
		says    string
		arenas  int // it fails in; that of the last one ends the process
	}{
		"TestGuardDeadlock":   {failure.NeverReturned, "virtual time stops while", 1},
		"TestGuardDirectCall": {failure.NeverReturned, "Deadlock has not returned", 1},
		"TestGuardLoop":       {failure.Spin, "cases.go:", 1},
		"TestSpin":            {failure.Spin, "busy", 2}, // the bench can end it in memory
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := failuresOf(t, "-run=^"+name+"$")[name]
			require.NotNil(t, o, "it did not run")
			require.Len(t, o.failures, want.arenas)
			require.Empty(t, o.result, "the process goes on")
			for _, f := range o.failures {
				require.Equal(t, want.symptom, f.Symptom, f.Text(failure.Options{}))
				require.Contains(t, f.Text(failure.Options{}), want.says)
			}
		})
	}
}

// TestEndsTheProcessInPlainWords checks that the message is not lost with what
// package testing holds back until a test has ended.
func TestEndsTheProcessInPlainWords(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run=^TestSpin$", "./testdata/cases")
	cmd.Env = append(os.Environ(), "KATA_SLOW=0.1")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Contains(t, string(out), "busy")
	require.Contains(t, string(out), "the tests stop here: nothing can end that goroutine")
}

// An observed is what the events of one test said.
type observed struct {
	result   string // "pass" or "fail"; "" if the process ended before
	arenas   int
	failures []failure.Failure
}

// failuresOf runs the cases in a process of their own, with short time limits.
func failuresOf(t *testing.T, arg string) map[string]*observed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "-count=1", arg, "./testdata/cases")
	cmd.Env = append(os.Environ(), "KATA_SLOW=0.1")
	out, _ := cmd.Output() // the cases fail
	seen := make(map[string]*observed)
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var e struct{ Action, Test, Key, Value string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		name, arena, _ := strings.Cut(e.Test, "/")
		if name == "" {
			continue
		}
		o := seen[name]
		if o == nil {
			o = &observed{}
			seen[name] = o
		}
		switch {
		case e.Action == "run" && arena != "":
			o.arenas++
		case e.Action == "attr" && e.Key == failure.AttrFailure:
			f, err := failure.Decode(e.Value)
			require.NoError(t, err)
			o.failures = append(o.failures, f)
		case (e.Action == "pass" || e.Action == "fail") && arena == "":
			o.result = e.Action
		}
	}
	return seen
}
