//go:build !unix

package remote

import (
	"errors"
	"net"
	"os"
	"reflect"
)

// Supported tells whether code can run in a process of its own here: it needs
// a system that hands descriptors from process to process.
const Supported = false

func sendFiles(*net.UnixConn, []byte, []*os.File) (int, error) { return 0, errors.ErrUnsupported }

func receiveFiles(*net.UnixConn, []byte) (int, []*os.File, error) {
	return 0, nil, errors.ErrUnsupported
}

func (e *End) encodeFD(int, *[]*os.File) value { return value{Kind: kindPlain, JSON: []byte("-1")} }

func takeFD(*[]*os.File) int { return -1 }

func closeDescriptors([]value, []reflect.Value) []int { return nil }

func closeFD(int) error { return errors.ErrUnsupported }

func socketPair() (*net.UnixConn, *os.File, error) { return nil, nil, errors.ErrUnsupported }

func unixConn(*os.File) (*net.UnixConn, error) { return nil, errors.ErrUnsupported }
