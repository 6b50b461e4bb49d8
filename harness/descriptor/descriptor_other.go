//go:build !unix

package descriptor

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// Sendable tells whether descriptors can be sent to another process here.
const Sendable = false

var errNotSendable = fmt.Errorf("this system sends no descriptors to another process: %w", errors.ErrUnsupported)

// Close fails.
func Close(int) error { return errNotSendable }

// Duplicate fails.
func Duplicate(int) (own int, onExec bool, err error) { return -1, false, errNotSendable }

// Identify knows nothing.
func Identify(int) Identity { return Identity{} }

// Write fails.
func Write(*net.UnixConn, []byte, []int) (int, error) { return 0, errNotSendable }

// Space is 0.
func Space() int { return 0 }

// Read fails.
func Read(*net.UnixConn, []byte, []byte) (int, []int, error) { return 0, nil, errNotSendable }

// Pair fails.
func Pair() (ours *net.UnixConn, theirs *os.File, err error) { return nil, nil, errNotSendable }

// Spare fails.
func Spare(string) (int, error) { return -1, errNotSendable }

func keepOptions(string, int) (restore func()) { return func() {} }
