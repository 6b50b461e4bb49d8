// Command kata is what stands behind the Makefile: it lists the exercises,
// tests a learner's answer and keeps the learner's state.
//
// Each verb that tests prints the plain go command it stands for, so that a
// learner can do without kata. It exits with 0 when all is well, with 1 when
// something failed, with 2 when it was called in a way it does not know, and
// with 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"
)

func main() {
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run is main but for the process.
func run(args []string, stdout, stderr io.Writer) int {
	// Without this, each of them would end kata and leave the test process
	// behind, which runs in a process group of its own.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	k := &kata{stdin: os.Stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv, color: wantsColor(stdout)}
	err := k.command().Run(ctx, args)
	var usage usageError
	var status exitStatus
	var library cli.ExitCoder // an error of the library's own: kata -h with a verb it does not know
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "kata: interrupted")
		return exitInterrupted
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &library):
		fmt.Fprintf(stderr, "kata: %s; see kata help\n", visible(err.Error()))
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "kata: "+visible(err.Error()))
		return exitUsage
	}
	fmt.Fprintln(stderr, "kata: "+visible(err.Error()))
	return exitFailed
}

// A usageError is wrong use: one clear sentence.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// An exitStatus ends kata when everything has been said already.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
