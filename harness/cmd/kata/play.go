package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// play runs the learner's code as a process that people can talk to, and draws
// what is said.
func (k *kata) play(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, first := k.loadState(c.Root)
	e, err := k.exercise(cmd, c, s)
	if err != nil {
		return err
	}
	if e == nil {
		k.printf("Every core is green. Name the exercise you want to play: make play EX=05\n")
		return nil
	}
	candidate, err := k.toPlay(cmd, e)
	if err != nil {
		return err
	}
	port, err := k.port(cmd, e)
	if err != nil {
		return err
	}
	ln, err := listenForPlay(e, port) // before the build, which takes longer
	if err != nil {
		return err
	}
	defer ln.Close()
	if first {
		k.printf("%s\n", firstRun)
	}
	return whileHeard(ctx, func(ctx context.Context) error { return k.playOn(ctx, ln, e, candidate) })
}

// toPlay returns what is played: the learner's code, or the reference.
func (k *kata) toPlay(cmd *cli.Command, e *catalog.Exercise) (judge.Candidate, error) {
	if err := e.Playable(); err != nil {
		return judge.Candidate{}, err
	}
	if cmd.Bool("solution") {
		if len(e.Reference) == 0 {
			return judge.Candidate{}, errNoSolutions
		}
		return judge.Reference(e), nil
	}
	if fileMissing(e) {
		return judge.Candidate{}, k.missingFile(e)
	}
	return judge.Learner(e), nil
}

// firstPort is the port of an exercise with number 0.
const firstPort = 4000

// port returns the port that the play is at. 0 is any that is free.
func (k *kata) port(cmd *cli.Command, e *catalog.Exercise) (int, error) {
	text := cmd.String("port")
	if text == "" {
		text = k.getenv("PORT")
	}
	if text == "" {
		return firstPort + e.Number, nil
	}
	port, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || port < 0 || port > 65535 {
		return 0, usagef("%q is no port: choose a number from 1 to 65535, like PORT=%d", text, firstPort+1000+e.Number)
	}
	return port, nil
}

// What Windows calls EADDRINUSE and EACCES.
const (
	wsaInUse  = syscall.Errno(10048)
	wsaDenied = syscall.Errno(10013)
)

func listenForPlay(e *catalog.Exercise, port int) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, portError(err, e, port)
	}
	return ln, nil
}

// portError says why nobody can listen at a port, and what to do.
func portError(err error, e *catalog.Exercise, port int) error {
	other := fmt.Sprintf("make play EX=%s PORT=%d", number(e), firstPort+1000+e.Number)
	if port == firstPort+1000+e.Number {
		other = fmt.Sprintf("make play EX=%s PORT=%d", number(e), firstPort+2000+e.Number)
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, wsaInUse):
		return fmt.Errorf("port %d is in use: end the program that has it, or choose another port: %s", port, other)
	case errors.Is(err, syscall.EACCES), errors.Is(err, wsaDenied):
		return fmt.Errorf("this machine does not give port %d to you: choose another port, above 1023: %s", port, other)
	}
	return fmt.Errorf("listen for clients: %w", err)
}

// playOn plays a candidate for the clients of ln, until ctx ends.
func (k *kata) playOn(ctx context.Context, ln net.Listener, e *catalog.Exercise, c judge.Candidate) error {
	k.printf("$ %s\n\n", k.fromHere(e, "go test -c ./exercises/"+e.Name))
	program, err := judge.Build(ctx, e, c)
	var broken *judge.BuildError
	if errors.As(err, &broken) {
		k.printf("%s\n\nThe code does not compile, so there is nothing to play. The lines above are the\ncompiler's: file, line, column and what it did not understand.\n",
			visible(strings.TrimRight(broken.Output, "\n")))
		return exitStatus(exitFailed)
	}
	if err != nil {
		return fmt.Errorf("play %s: %w", e.Name, err)
	}
	defer program.Remove()
	s := k.newShow(ln, e, c)
	again, stop := secondInterrupt()
	defer stop()
	s.again = again
	return s.run(ctx, program)
}
