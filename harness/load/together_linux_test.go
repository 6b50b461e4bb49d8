package load

import (
	"io"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestTogether: the server's process has one processor while a single conn is
// loaded, and all of them before, after, and under more conns.
func TestTogether(t *testing.T) {
	process := exec.Command("sleep", "600") // takes the place of the server's process
	require.NoError(t, process.Start())
	defer process.Wait()
	defer process.Process.Kill()
	processors := func() int {
		var set unix.CPUSet
		unix.SchedGetaffinity(process.Process.Pid, &set)
		return set.Count()
	}
	all := processors()
	if all < 2 {
		t.Skip("this process has one processor")
	}
	for conns, want := range map[int]int{1: 1, 2: all} {
		seen := make(chan int, conns)
		addr := serve(t, func(c net.Conn) {
			buf := make([]byte, 64)
			io.ReadFull(c, buf)
			seen <- processors()
			c.Write(buf)
			echo(c)
		})
		_, err := Echo(t.Context(), Plan{Addr: addr, Conns: conns, Size: 64, Pipeline: 1, For: 50 * time.Millisecond, Pid: process.Process.Pid})
		require.NoError(t, err)
		require.Equal(t, want, <-seen, "over %d conns", conns)
		require.Equal(t, all, processors(), "after it")
	}
}
