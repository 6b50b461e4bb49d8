//go:build linux || darwin || freebsd

package unixipc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it. Every client's conn
// crosses a Unix socket before it is answered, as in servers in which one process
// accepts and others work.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(func(_ context.Context, c net.Conn) error {
			worker, err := passed(c)
			if err != nil {
				return err
			}
			defer worker.Close()
			io.WriteString(worker, "your conn has crossed a Unix socket; what you type comes back\n")
			_, err = io.Copy(worker, worker)
			return err
		})
		s.Hint("nc 127.0.0.1 %PORT    your conn is sent as a file, and its receiver answers")
	})
}

// passed sends a conn over a Unix socket and returns what arrives.
func passed(c net.Conn) (net.Conn, error) {
	dir, err := os.MkdirTemp("/tmp", "kata")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ln, err := unixipc.ListenUnix(filepath.Join(dir, "workers"), 0o600)
	if err != nil {
		return nil, err
	}
	defer ln.Close()
	acceptor, err := net.Dial("unix", filepath.Join(dir, "workers"))
	if err != nil {
		return nil, err
	}
	defer acceptor.Close()
	worker, err := ln.Accept()
	if err != nil {
		return nil, err
	}
	defer worker.Close()
	f, err := c.(*net.TCPConn).File()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = unixipc.SendFiles(acceptor.(*net.UnixConn), []byte("a client\n"), f)
	if err != nil {
		return nil, err
	}
	_, files, err := unixipc.RecvFiles(worker.(*net.UnixConn), make([]byte, 100), 1)
	defer closeAll(files)
	if err != nil || len(files) != 1 {
		return nil, errors.Join(err, errors.New("no conn came"))
	}
	return net.FileConn(files[0])
}
