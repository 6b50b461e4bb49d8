package play

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestPortError takes the errors from a table: who may have which port differs
// from machine to machine.
func TestPortError(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Name: "05-echo", Number: 5}
	for _, c := range []struct {
		errno syscall.Errno
		port  int
		want  string
	}{
		{syscall.EADDRINUSE, 4005, "port 4005 is in use: stop the program that uses it, or choose another port: make play EX=05 PORT=5005"},
		{syscall.Errno(10048), 5005, "port 5005 is in use: stop the program that uses it, or choose another port: make play EX=05 PORT=6005"},
		{syscall.EACCES, 80, "you are not allowed to listen on port 80: choose a port above 1023: make play EX=05 PORT=5005"},
		{syscall.Errno(10013), 5005, "you are not allowed to listen on port 5005: choose a port above 1023: make play EX=05 PORT=6005"},
		{syscall.EMFILE, 4005, "listen for clients: listen tcp: bind: " + syscall.EMFILE.Error()},
	} {
		err := portError(&net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", c.errno)}, e, c.port)
		require.EqualError(t, err, c.want)
	}
}

// TestLinesAreBounded: what is typed need not have a line's end.
func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	var got []string
	for line := range lines(strings.NewReader("one\ntwo\n" + strings.Repeat("x", longestLine+1) + "\nlast")) {
		got = append(got, string(line))
	}
	require.Equal(t, []string{"one\n", "two\n", strings.Repeat("x", longestLine), "x\n", "last"}, got)
}
