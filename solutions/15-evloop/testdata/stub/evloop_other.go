//go:build !linux && !darwin

// Package evloop is an event loop. It uses system calls that this platform does
// not have: Windows has another model, completion ports.
package evloop

import (
	"context"
	"errors"
	"time"
)

// An Event says what is ready at one descriptor.
type Event struct {
	FD                    int
	Read, Write, Hup, Err bool
}

// A Poller waits for many descriptors at once.
type Poller interface {
	Add(fd int, r, w bool) error
	Mod(fd int, r, w bool) error
	Del(fd int) error
	Wait(events []Event, d time.Duration) (n int, err error)
	Wake() error
	Close() error
}

// New needs epoll or kqueue; here it returns [errors.ErrUnsupported].
func New(edge bool) (Poller, error) { return nil, errors.ErrUnsupported }

// A Loop runs functions in one goroutine.
type Loop struct{}

// NewLoop returns a Loop that does nothing.
func NewLoop(p Poller) *Loop { return &Loop{} }

// Add returns [errors.ErrUnsupported].
func (l *Loop) Add(fd int, r, w bool, handle func(Event)) error { return errors.ErrUnsupported }

// Mod returns [errors.ErrUnsupported].
func (l *Loop) Mod(fd int, r, w bool) error { return errors.ErrUnsupported }

// Del returns [errors.ErrUnsupported].
func (l *Loop) Del(fd int) error { return errors.ErrUnsupported }

// Post does nothing.
func (l *Loop) Post(f func()) {}

// After does nothing.
func (l *Loop) After(d time.Duration, f func()) (cancel func()) { return func() {} }

// Run returns [errors.ErrUnsupported].
func (l *Loop) Run(ctx context.Context) error { return errors.ErrUnsupported }

// Serve returns [errors.ErrUnsupported].
func Serve(p Poller, listenFD, stopFD int) error { return errors.ErrUnsupported }
