//go:build unix

package stage

import (
	"errors"
	"net"
	"os"
)

// ServeFD plays a function below package net: listenFD is a listening TCP
// socket in blocking mode; stopFD becomes readable when it is time to end. The
// stage closes both.
func (s *Stage) ServeFD(serve func(listenFD, stopFD int) error) {
	s.name = nameOf(serve)
	s.open = func() (*opened, error) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close() // the file is a descriptor of its own
		file, err := ln.(*net.TCPListener).File()
		if err != nil {
			return nil, err
		}
		stop, wake, err := os.Pipe()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return &opened{
			addr: ln.Addr().String(),
			serve: func() error {
				defer stop.Close()
				defer file.Close() // clients in its queue are told
				return serve(int(file.Fd()), int(stop.Fd()))
			},
			close: func() {
				wake.Write([]byte("x")) // it cannot fail while stop is open, and then nobody waits
				wake.Close()
			},
		}, nil
	}
}
