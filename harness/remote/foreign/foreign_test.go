package foreign_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/remote/foreign"
)

// TestShapes checks that an error has the methods of its shape and no others.
func TestShapes(t *testing.T) {
	wraps := []error{io.EOF, net.ErrClosed}
	for name, test := range map[string]struct {
		is           foreign.Error
		one, several bool
	}{
		"plain":   {is: foreign.Error{}},
		"one":     {is: foreign.Error{Shape: foreign.One, Wraps: wraps[:1]}, one: true},
		"nil":     {is: foreign.Error{Shape: foreign.One}, one: true},
		"several": {is: foreign.Error{Shape: foreign.Several, Wraps: wraps}, several: true},
	} {
		for _, timed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, timed: %v", name, timed), func(t *testing.T) {
				is := test.is
				is.Text, is.Timed, is.Timeout, is.Alike = "no pong", timed, true, []error{os.ErrDeadlineExceeded}
				err := is.New()
				require.EqualError(t, err, "no pong")
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				_, one := err.(interface{ Unwrap() error })
				require.Equal(t, test.one, one)
				several, ok := err.(interface{ Unwrap() []error })
				require.Equal(t, test.several, ok)
				if ok {
					require.Equal(t, wraps, several.Unwrap())
				}
				require.Equal(t, len(is.Wraps) > 0, errors.Is(err, io.EOF))
				n, ok := err.(net.Error)
				require.Equal(t, timed, ok)
				require.True(t, !ok || n.Timeout() && !n.Temporary())
				require.True(t, reflect.TypeOf(err).Comparable() && err != is.New())
			})
		}
	}
}
