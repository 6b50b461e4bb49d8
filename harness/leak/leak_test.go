package leak

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const self = "socketkata/harness/leak"

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
	all := Parse([]byte(dump))
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
}

func TestOfLeavesTheTestsOwnGoroutinesOut(t *testing.T) {
	own := Of(Parse([]byte(dump)), "socketkata/exercises/05-echo")
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
				require.Regexp(t, `^blocked \(chan receive\) at leak_test.go:\d+$`, g.Where(self))
				require.Regexp(t, `^leak_test.go:\d+$`, g.CreatedBy.Place())
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

func TestNewDescriptors(t *testing.T) {
	before, err := Descriptors()
	if err != nil {
		require.ErrorIs(t, err, ErrNoDescriptors)
		t.Skip(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	now, err := Descriptors()
	require.NoError(t, err)
	sockets := 0
	for _, fd := range New(before, now) {
		if strings.HasPrefix(now[fd], "socket:") {
			sockets++
		}
	}
	if runtime.GOOS == "linux" {
		require.Equal(t, 1, sockets)
	}
	require.GreaterOrEqual(t, len(New(before, now)), 2)
	require.NoError(t, ln.Close())
	now, err = Descriptors()
	require.NoError(t, err)
	for _, fd := range New(before, now) {
		require.NotContains(t, now[fd], "socket:", "a closed socket is still listed")
	}
}
