package terminal

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
)

// An ExitStatus ends a command that has already printed everything.
type ExitStatus int

// The statuses of kata.
const (
	OK     ExitStatus = 0
	Failed ExitStatus = 1
	Usage  ExitStatus = 2
	// GraderFailed is that of kata grade: nothing is said about a submission.
	GraderFailed ExitStatus = 3
	Interrupted  ExitStatus = 130
)

func (s ExitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// A UsageError says in one sentence how the command was misused.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }
func (e UsageError) Unwrap() error { return e.Err }

// Usagef returns a [UsageError].
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// ErrNoReader ends a command whose output is a pipe that was closed.
var ErrNoReader = errors.New("the output was closed")

// WhileHeard calls f with a context that is canceled when the reader of
// standard output goes away. The default action of SIGPIPE would end kata at
// once and leave its child processes and temporary files behind.
func WhileHeard(ctx context.Context, f func(context.Context) error) error {
	heard, stop := signal.NotifyContext(ctx, syscall.SIGPIPE)
	defer stop()
	err := f(heard)
	if heard.Err() != nil && ctx.Err() == nil {
		return ErrNoReader
	}
	return err
}
