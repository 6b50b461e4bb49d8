//go:build unix

package rawtcp_test

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	rawtcp "socketkata/exercises/03-rawtcp"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.ServeFD(echoEach)
		s.Hint("nc 127.0.0.1 %PORT    your six functions echo what you type; clients take turns")
	})
}

// echoEach serves one client after the other with the learner's functions.
func echoEach(listenFD, _ int) error {
	for {
		fd, client, err := rawtcp.Accept(listenFD)
		if err != nil {
			return err
		}
		n, err := echo(fd)
		fmt.Printf("%v sent %d bytes; the conn ended with %v\n", client, n, err)
		unix.Close(fd)
	}
}

// echo asks Peek how much has come, reads as much, and sends it back.
func echo(fd int) (total int, err error) {
	p := make([]byte, 4<<10)
	for {
		n, err := rawtcp.Peek(fd, p)
		if err == nil {
			n, err = rawtcp.ReadFull(fd, p[:n])
		}
		if err == nil {
			n, err = rawtcp.WriteFull(fd, p[:n])
		}
		if err != nil {
			return total, err
		}
		total += n
	}
}
