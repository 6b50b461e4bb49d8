// Package play runs a learner's code as a process that people can talk to, and
// draws the conversation as it happens.
//
// kata listens for the clients, and package relay passes their bytes on to the
// process. Package stage is the part of it that the process links.
package play

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	"socketkata/harness/catalog"
	"socketkata/harness/errno"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// Options are what a play is shown on and typed into.
type Options struct {
	*terminal.Screen
	Input io.Reader // lines for a client, one call each
	Still bool      // leave times out of the picture
}

const firstPort = 4000

// Port is where an exercise is played unless the user names a port.
func Port(e *catalog.Exercise) int { return firstPort + e.Number }

// otherPort is a port to suggest instead of one.
func otherPort(e *catalog.Exercise, taken int) int {
	if port := Port(e) + 1000; port != taken {
		return port
	}
	return Port(e) + 2000
}

// ParsePort reads a port that the user has named. 0 is any free port.
func ParsePort(text string, e *catalog.Exercise) (int, error) {
	port, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || port < 0 || port > 65535 {
		return 0, terminal.Usagef("%q is not a port: choose a number from 1 to 65535, like PORT=%d", text, otherPort(e, Port(e)))
	}
	return port, nil
}

// Listen listens on loopback for the clients of a play.
func Listen(e *catalog.Exercise, port int) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, portError(err, e, port)
	}
	return ln, nil
}

// portError says why nobody can listen at a port, and what to do.
func portError(err error, e *catalog.Exercise, port int) error {
	other := fmt.Sprintf("make play EX=%s PORT=%d", e.EX(), otherPort(e, port))
	switch {
	case errno.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d is in use: stop the program that uses it, or choose another port: %s", port, other)
	case errno.Is(err, syscall.EACCES):
		return fmt.Errorf("you are not allowed to listen on port %d: choose a port above 1023: %s", port, other)
	}
	return fmt.Errorf("listen for clients: %w", err)
}

// Serve plays a candidate for the clients of ln until ctx ends. It closes ln.
func Serve(ctx context.Context, o Options, ln net.Listener, e *catalog.Exercise, c judge.Candidate) error {
	o.Printf("$ %s\n\n", terminal.GoCommand(e.Root(), "go test -c ./exercises/"+e.Name))
	defer ln.Close()
	files := newVersion(c)
	program, err := judge.Build(ctx, e, c)
	var broken *judge.BuildError
	if errors.As(err, &broken) {
		o.Printf("%s\n\nThe code does not compile, so there is nothing to play. The lines above are the\ncompiler's: file, line, column and what it did not understand.\n",
			terminal.Visible(strings.TrimRight(broken.Output, "\n")))
		return terminal.Failed
	}
	if err != nil {
		return fmt.Errorf("play %s: %w", e.Name, err)
	}
	defer program.Remove()
	s := newShow(o, ln, e, c)
	s.files = files
	again, stop := secondInterrupt()
	defer stop()
	s.again = again
	return s.run(ctx, program)
}
