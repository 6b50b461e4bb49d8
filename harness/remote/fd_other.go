//go:build !unix

package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// Supported tells whether code can run in a process of its own here: it needs
// a system that hands descriptors from process to process.
const Supported = false

var errNoFDs = fmt.Errorf("this system hands no descriptors to another process: %w", errors.ErrUnsupported)

func sendFDs(*net.UnixConn, []byte, []int) (int, error) { return 0, errNoFDs }

func receiveFDs(*net.UnixConn, []byte) (int, []int, error) { return 0, nil, errNoFDs }

func duplicateFD(int) (int, bool, error) { return -1, false, errNoFDs }

func duplicate(syscall.Conn, *plainSocket) (int, error) { return -1, errNoFDs }

func spare(string) (int, error) { return -1, errNoFDs }

func tcpOptions(string, int) (restore func()) { return func() {} }

func inode(int) [2]uint64 { return [2]uint64{} }

func closeFD(int) error { return errNoFDs }

func socketPair() (*net.UnixConn, *os.File, error) { return nil, nil, errNoFDs }

func unixConn(*os.File) (*net.UnixConn, error) { return nil, errNoFDs }
