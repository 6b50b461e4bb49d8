//go:build unix

package peer_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"socketkata/harness/peer"
)

// sendFile hands over one descriptor with the bytes "log\n".
func sendFile(c *net.UnixConn, f *os.File) error {
	_, _, err := c.WriteMsgUnix([]byte("log\n"), syscall.UnixRights(int(f.Fd())), nil)
	return err
}

// A test receives a descriptor from the learner's code over a Unix stream.
func ExamplePeer_ExpectFiles() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R1: the file arrives with its name", func(b *peer.Bench) {
		b.Over(peer.Unix)
		receiver, conn := b.Pair()
		call := peer.Start(b, "sendFile", func() (any, error) { return nil, sendFile(conn.(*net.UnixConn), os.Stderr) })
		files := receiver.ExpectFiles("one descriptor comes with the name", "log\n", 1)
		files[0].WriteString("written to the same file\n") // the bench closes it
		_, err := call.Result("the file was sent")
		b.NoError("a Unix stream carries descriptors", err)
	}, peer.Loopback)
}

// readFull fills p from a descriptor in blocking mode.
func readFull(fd int, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		if more, err = syscall.Read(fd, p[n:]); more <= 0 {
			break
		}
		n += more
	}
	return n, err
}

// A test plays the other end of a raw descriptor.
func ExampleBench_PairFD() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R4: a message in pieces is read whole", func(b *peer.Bench) {
		sender, fd := b.PairFD()
		p := make([]byte, 7)
		call := peer.Start(b, "readFull", func() (int, error) { return readFull(fd, p) })
		sender.SendPieces("pie", "ces!")
		n, err := call.Result("seven bytes have come")
		b.NoError("nothing went wrong", err)
		b.Equal("all of them are read", "pieces!", string(p[:n]))
		b.ExpectCloseOnExec("the bench's descriptors are, too", fd)
	}, peer.Loopback)
}
