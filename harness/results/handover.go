package results

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
)

// handedOver is the value of [Variable] in a process that has no way to the
// judge but descriptors: a connection, the invitation and the file for
// tracebacks, from the first on.
const (
	handedOver = "descriptors"
	first      = 3
)

// HandOver opens the channel for a process that this one starts and that can
// reach neither the invitation nor the judge. It returns what to add to that
// process's environment, and its descriptors from 3 on. Both are empty if no
// judge started this process.
func HandOver() (env []string, files []*os.File, err error) {
	path := os.Getenv(Variable)
	if path == "" {
		return nil, nil, nil
	}
	invite, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the invitation to the results channel: %w", err)
	}
	_, conn, crash, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	socket, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, nil, fmt.Errorf("hand over the results channel: %w", err)
	}
	return []string{Variable + "=" + handedOver}, []*os.File{socket, invite, crash}, nil
}

// received opens what was handed over.
func received() (i invitation, conn net.Conn, crash *os.File, err error) {
	socket, invite := os.NewFile(first, ""), os.NewFile(first+1, "")
	defer socket.Close()
	defer invite.Close()
	text, err := io.ReadAll(invite)
	if err == nil {
		err = json.Unmarshal(text, &i)
	}
	if err == nil {
		conn, err = net.FileConn(socket)
	}
	if err != nil {
		return i, nil, nil, fmt.Errorf("receive the results channel: %w", err)
	}
	return i, conn, os.NewFile(first+2, ""), nil
}
