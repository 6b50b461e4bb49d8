// Servers with faults that a play shows: the environment says which.
package echo

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
)

var fault = os.Getenv("KATA_TEST_FAULT")

func init() {
	if fault == "init" {
		ln, _ := net.Listen("tcp", "127.0.0.1:0")
		ln.Accept()
	}
}

func ServeConn(net.Conn) (int64, error) { return 0, nil }

func RoundTrip(net.Conn, []byte) ([]byte, error) { return nil, nil }

func Serve(ln net.Listener) error {
	switch fault {
	case "stub":
		return errors.New("Serve is not written yet")
	case "never":
		select {} // never returns
	case "leaves":
		return leave(ln)
	}
	c, err := ln.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	bufio.NewReader(c).ReadString('\n')
	if fault == "panic" {
		var counts map[string]int
		func() { counts["x"]++ }()
	}
	fmt.Print("half a line, then ", "the rest\n", "no end")
	os.Stdout.Sync()
	return errors.New("too tired")
}

// leave starts a process of its own, and ignores that it is to end.
func leave(ln net.Listener) error {
	cmd := exec.Command("sleep", "300")
	cmd.Stdout = os.Stdout
	cmd.Start()
	fmt.Println("pid", cmd.Process.Pid, "panic: not really")
	for {
		if _, err := ln.Accept(); err != nil {
			return err
		}
	}
}
