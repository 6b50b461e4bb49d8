package subject

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/traceback"
)

func TestCodeOfATest(t *testing.T) {
	want := Code{Pkg: "socketkata/exercises/05-echo", File: "exercises/05-echo/echo.go"}
	require.Equal(t, want, codeOf("socketkata/exercises/05-echo_test.TestHalfClose"))
	require.Equal(t, want, codeOf("socketkata/exercises/05-echo_test.TestHalfClose.func1"))
	require.Equal(t, want, codeOf("socketkata/exercises/05-echo/catch.TestHalfClose.func1"))
}

func TestRuns(t *testing.T) {
	ids, stop := make(chan uint64), make(chan struct{})
	go func() {
		ids <- traceback.Current()
		<-stop
	}()
	require.False(t, Runs(<-ids), "it waits")
	require.False(t, Runs(1<<62), "it does not exist")
	go func() {
		ids <- traceback.Current()
		for !closed(stop) {
			runtime.Gosched()
		}
	}()
	require.True(t, Runs(<-ids), "it never waits")
	close(stop)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
