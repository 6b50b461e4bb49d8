package traceback

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const self = "socketkata/harness/traceback"

const dump = `goroutine 1 [running]:
main.main()
	/src/main.go:9 +0x1d

goroutine 18 gp=0xc000102000 m=nil [IO wait, 2 minutes, locked to thread]:
internal/poll.(*FD).Read(0xc00010e000, {0xc000120000, 0x8000, 0x8000})
	/go/src/internal/poll/fd_unix.go:165 +0x27a
net.(*conn).Read(0xc000106018, {0xc000120000?, 0x0?, 0x0?})
	/go/src/net/net.go:196 +0x45
socketkata/exercises/05-echo.ServeConn({0x5c8ad8, 0xc000106018})
	/src/exercises/05-echo/echo.go:21 +0x65
socketkata/exercises/05-echo.Serve.func1(...)
	/src/exercises/05-echo/echo.go:44
created by socketkata/exercises/05-echo.Serve in goroutine 7
	/src/exercises/05-echo/echo.go:43 +0x8a

goroutine 19 [select (durable), synctest bubble 3]:
socketkata/exercises/05-echo_test.TestX.func1()
	/src/exercises/05-echo/echo_test.go:12 +0x1
`

func TestParse(t *testing.T) {
	all := Parse(dump)
	require.Len(t, all, 3)
	g := all[1]
	require.Equal(t, uint64(18), g.ID)
	require.Equal(t, "IO wait", g.State)
	require.Len(t, g.Frames, 4)
	require.Equal(t, "echo.go:21", g.Frames[2].Place())
	require.Equal(t, "echo.go:43", g.CreatedBy.Place())
	require.Equal(t, "blocked in Read at echo.go:21", g.Where("socketkata/exercises/05-echo"))
	require.Equal(t, "echo.go:43", g.Started("socketkata/exercises/05-echo"))
	g.CreatedBy = Frame{Func: "sync.(*WaitGroup).Go", File: "/go/src/sync/waitgroup.go", Line: 238}
	require.Equal(t, "echo.go:44", g.Started("socketkata/exercises/05-echo"))
	require.Equal(t, "select", all[2].State)
	require.Equal(t, "3", all[2].Bubble)
	require.True(t, all[2].Durable)
	require.Empty(t, g.Bubble)
	require.False(t, g.Durable)
}

// A conn of the test's is a conn to the code that calls it; a function that the
// code got as an argument is not.
func TestWhereInCodeOfTheTest(t *testing.T) {
	const pkg = "socketkata/exercises/05-echo"
	for call, want := range map[string]string{
		"(*stuck).Write":    "blocked in Write at echo.go:21",
		"stuck.Write":       "blocked in Write at echo.go:21",
		"(*recorder).event": "in the test's callback, called at echo.go:21",
		"TestX.func1":       "in the test's callback, called at echo.go:21",
		"TestX.func1.2":     "in the test's callback, called at echo.go:21",
		"handler":           "in the test's callback, called at echo.go:21",
	} {
		g := Goroutine{State: "select", Frames: []Frame{{Func: pkg + "_test." + call}, {Func: pkg + ".Serve", File: "echo.go", Line: 21}}}
		require.Equal(t, want, g.Where(pkg), call)
	}
}

func TestOfLeavesTheTestsOwnGoroutinesOut(t *testing.T) {
	own := Of(Parse(dump), "socketkata/exercises/05-echo")
	require.Len(t, own, 1)
	require.Equal(t, uint64(18), own[0].ID)
}

func TestWhereOfLiveGoroutines(t *testing.T) {
	stop, started := make(chan bool), make(chan uint64, 2)
	defer close(stop)
	go func() { started <- Current(); <-stop }()
	id := <-started
	for { // until it is parked; the runtime needs a moment
		for _, g := range Goroutines() {
			if g.ID == id && g.State == "chan receive" {
				require.Regexp(t, `^blocked \(chan receive\) at traceback_test.go:\d+$`, g.Where(self))
				require.Regexp(t, `^traceback_test.go:\d+$`, g.CreatedBy.Place())
				require.False(t, g.Runs())
				return
			}
		}
		runtime.Gosched()
	}
}

func TestCurrentRuns(t *testing.T) {
	for _, g := range Goroutines() {
		if g.ID == Current() {
			require.True(t, g.Runs())
			return
		}
	}
	t.Fatal("the calling goroutine is not among all")
}

// TestRunning checks it against the goroutines themselves.
func TestRunning(t *testing.T) {
	for name, text := range map[string]string{"dump": dump, "live": string(Dump(nil))} {
		want := slices.DeleteFunc(Parse(text), func(g Goroutine) bool { return !g.Runs() })
		require.NotEmpty(t, want, name)
		require.Equal(t, want, Running([]byte(text)), name)
	}
}

func TestParseOnWindows(t *testing.T) {
	windows := strings.ReplaceAll(strings.ReplaceAll(dump, "/src/", "C:/src/"), "\n", "\r\n")
	g := Parse(windows)[1]
	require.Equal(t, Frame{"socketkata/exercises/05-echo.ServeConn", "C:/src/exercises/05-echo/echo.go", 21}, g.Frames[2])
}

func TestNames(t *testing.T) {
	for function, want := range map[string]string{
		"socketkata/exercises/05-echo.Serve":                 "Serve",
		"socketkata/exercises/05-echo.Serve.func1":           "Serve.func1",
		"socketkata/exercises/05-echo.(*Server).Serve":       "Server.Serve",
		"socketkata/exercises/05-echo.(*Server).Serve.func2": "Server.Serve.func2",
		"main.main": "main",
	} {
		require.Equal(t, want, Frame{Func: function}.Name())
	}
}

func TestCountAgreesWithOf(t *testing.T) {
	const pkg = "socketkata/exercises/05-echo"
	require.Equal(t, len(Of(Parse(dump), pkg)), Count([]byte(dump), pkg, nil))
	require.Zero(t, Count([]byte(dump), pkg, map[uint64]bool{18: true}))
}

// crashVariable makes this test binary crash in that way.
const crashVariable = "TRACEBACK_CRASH"

func TestMain(m *testing.M) {
	switch os.Getenv(crashVariable) {
	case "panic":
		os.Stderr.WriteString("panic: only words\nno line's end: ")
		crash("boom")
	case "repanic":
		defer func() { panic(recover()) }()
		crash("boom")
	case "fatal":
		var mu sync.Mutex
		mu.Unlock()
	default:
		os.Exit(m.Run())
	}
}

func crash(what string) { panic(what) }

func TestFindCrash(t *testing.T) {
	for how, message := range map[string]string{
		"panic":   "panic: boom",
		"repanic": "panic: boom",
		"fatal":   "fatal error: sync: unlock of unlocked mutex",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), crashVariable+"="+how)
		output, err := cmd.CombinedOutput()
		require.Error(t, err)
		before, c, found := FindCrash(string(output))
		require.True(t, found, "%s", output)
		require.Equal(t, message, c.Message)
		at, ok := c.Innermost(self)
		require.True(t, ok, "%s", output)
		require.Regexp(t, `^traceback_test\.go:\d+$`, at.Place())
		if how == "panic" {
			require.Equal(t, "crash", at.Name())
			require.Equal(t, "panic: only words\nno line's end: ", before)
		}
	}
}

func TestWordsAreNoCrash(t *testing.T) {
	for _, words := range []string{"", "panic: only words\n", "fatal error: \nso it goes\n\tfile.go:1\n"} {
		before, _, found := FindCrash(words)
		require.False(t, found)
		require.Equal(t, words, before)
	}
}

const raceReport = `==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 9:
  socketkata/exercises/05-echo.(*Server).count()
      /src/exercises/05-echo/echo.go:31 +0x44
  socketkata/exercises/05-echo.Serve.func1()
      /src/exercises/05-echo/echo.go:44 +0x44

Previous write at 0x00c000012345 by main goroutine:
  runtime.mapassign_faststr()
      /go/src/internal/runtime/maps/runtime_faststr.go:263 +0x0
  socketkata/exercises/05-echo.Serve()
      /src/exercises/05-echo/echo.go:50 +0x44

Goroutine 9 (running) created at:
  socketkata/exercises/05-echo.Serve()
      /src/exercises/05-echo/echo.go:43 +0x8a
==================
`

func TestRace(t *testing.T) {
	for _, report := range []string{raceReport, strings.ReplaceAll(raceReport, "\n", "\r\n"), "other words\n" + raceReport + raceReport} {
		all := Race(report)
		require.Len(t, all, 2)
		require.Equal(t, "write", all[0].Kind)
		require.Len(t, all[0].Frames, 2)
		require.Equal(t, "Server.count at echo.go:31", all[0].Frames[0].Name()+" at "+all[0].Frames[0].Place())
		require.Equal(t, "previous write", all[1].Kind)
		require.Equal(t, "echo.go:50", all[1].Frames[1].Place())
	}
	require.Empty(t, Race("Write at noon by goroutine 9:\n"))
}
