package cases_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestReturnedError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.NoError("it works", io.ErrUnexpectedEOF) })
}
func TestReturnedErrorOfCall(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		call := peer.Start(b, "Call", func() (int, error) { return 0, io.ErrUnexpectedEOF })
		_, err := call.Result("it returns")
		b.Error("it does not work", err)
		b.NoError("it works", err)
	})
}
func TestNoError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Error("it does not work", nil) })
}
func TestNoErrorOfCall(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		_, err := peer.Start(b, "Call", func() (int, error) { return 0, nil }).Result("it returns")
		b.Error("it does not work", err)
	})
}
func TestNoErrorOfAnother(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		_, err := peer.Start(b, "Call", func() (int, error) { return 0, nil }).Result("it returns")
		b.NoError("it works", err)
		b.Error("something else does not work", nil)
	})
}
func TestNoErrorIs(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.ErrorIs("it does not work", nil, net.ErrClosed) })
}
func TestWrongError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.ErrorIs("the conn is closed", errors.Join(io.EOF, io.ErrNoProgress), net.ErrClosed)
	})
}
func TestEveryError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.ErrorIs("the conn is closed", every{}, net.ErrClosed) })
}

func TestBothEnds(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.ErrorIs("ctx was canceled", fmt.Errorf("no answer: %w", context.Canceled), context.Canceled)
		b.ErrorIs("ctx was canceled", errors.Join(context.DeadlineExceeded, context.Canceled), context.Canceled)
	})
}

type every struct{}

func (every) Error() string { return "every error" }

func (every) Is(error) bool { return true }

func TestOtherNumber(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.NamesNumber("the error names the byte", errors.New("byte 27 of 7"), 27)
		b.NamesNumber("the error names the byte", errors.New("byte 270 of 7"), 27)
	})
}
func TestNoNumber(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.NamesNumber("the error names the byte", io.EOF, 27) })
}
func TestWrongValue(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.Equal("one is one", 1, 2) })
}
func TestEndsLate(t *testing.T) {
	var running atomic.Bool
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Equal("the call of the script before has ended", false, running.Swap(true))
		peer.Start(b, "Call", func() (int, error) {
			<-b.Context().Done()
			time.Sleep(5 * time.Millisecond)
			running.Store(false)
			return 0, nil
		})
		b.Equal("one is one", 1, 2)
	})
}
func TestManyCalls(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		for range 6 {
			peer.Start(b, "Call", func() (int, error) { return 0, nil }).Result("it returns")
		}
		b.Equal("one is one", 1, 2)
	})
}
func TestNotLess(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.Less("one is less than two", 1, 2)
		b.Less("one is less than one", 1, 1)
	})
}
func TestNotAtLeast(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.AtLeast("one is at least one", 1.0, 1.0)
		b.AtLeast("one second is at least two", time.Second, 2*time.Second)
	})
}
func TestNotAtMost(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		b.AtMost("one is at most one", 1, 1)
		b.AtMost("two is at most one", uint64(2), uint64(1))
	})
}
