// Command kata is the command that the Makefile runs. This package has its flags
// and verbs; the packages beside it do the work.
//
// Each verb that tests prints the plain go command it runs, so that a learner can
// do without kata. It exits with 0 on success, with 1 if something failed, with 2
// if it was misused, with 3 if it could not grade, and with 130 if it was
// interrupted.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"

	"socketkata/harness/contest"
	"socketkata/harness/terminal"
)

func main() {
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// run is main without the end of the process.
func run(args []string, stdout, stderr io.Writer) int {
	// By default each of these would end kata but not the test process, which has
	// its own process group.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	// SIGPIPE would end kata before it has saved what it found out: make test | head.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	k := newKata(stdout, stderr)
	err := k.fromMake()
	if err == nil {
		err = k.command().Run(ctx, args)
	}
	status, problem := ending(ctx, err)
	if problem != "" {
		k.Warn("%s", problem)
	}
	return int(status)
}

// ending returns the exit status for what a verb returned, and what is left to
// print.
func ending(ctx context.Context, err error) (status terminal.ExitStatus, problem string) {
	var usage terminal.UsageError
	var library cli.ExitCoder // an error of the library's own: kata -h with a verb it does not know
	switch {
	case err == nil:
		return terminal.OK, ""
	case errors.Is(err, contest.ErrInterrupted):
		return terminal.Interrupted, err.Error()
	case ctx.Err() != nil:
		return terminal.Interrupted, "interrupted"
	case errors.As(err, &status):
		return status, ""
	case errors.As(err, &library):
		return terminal.Usage, err.Error() + "; see kata help"
	case errors.As(err, &usage):
		return terminal.Usage, err.Error()
	}
	return terminal.Failed, err.Error()
}
