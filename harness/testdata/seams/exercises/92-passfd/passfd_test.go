//go:build unix

package passfd_test

import (
	"io"
	"net"
	"os"
	"testing"

	passfd "socketkata/exercises/92-passfd"
	"socketkata/harness/peer"
)

func TestSend(t *testing.T) {
	peer.Run(t, "R1: SendFile sends a descriptor of f with the first byte of msg", func(b *peer.Bench) {
		receiver, conn := pair(b)
		f := temporary(t, b, "treasure")
		defer f.Close()
		_, err := send(b, conn, "take this", f).Result("SendFile returns once msg is sent")
		b.NoError("SendFile sent msg and the descriptor", err)
		files := receiver.ExpectFiles("a descriptor comes with the first byte", "t", 1)
		receiver.Expect("the rest comes without one", "ake this")
		b.Equal("the descriptor is one of f", "treasure", content(b, files[0]))
		b.Equal("f stays open", "treasure", content(b, f))
	}, peer.Loopback)
}

func TestReceive(t *testing.T) {
	peer.Run(t, "R2: RecvFile returns the first file that came and closes the others", func(b *peer.Bench) {
		sender, conn := pair(b)
		first, second := temporary(t, b, "first"), temporary(t, b, "second")
		defer first.Close()
		defer second.Close()
		sender.SendFiles("take these", first, second)
		f, err := peer.Start(b, "RecvFile", func() (*os.File, error) {
			_, f, err := passfd.RecvFile(conn, make([]byte, 100))
			return f, err
		}).Result("RecvFile returns what was sent")
		b.NoError("two files have come", err)
		defer f.Close()
		b.Equal("RecvFile returns the first file", "first", content(b, f))
		b.ExpectCloseOnExec("the file is close-on-exec", int(f.Fd()))
	}, peer.Loopback)
}

func TestLong(t *testing.T) {
	peer.Run(t, "R3: a msg larger than the socket's buffer arrives whole, its descriptor once", func(b *peer.Bench) {
		receiver, conn := pair(b)
		f := temporary(t, b, "treasure")
		defer f.Close()
		message := peer.Numbered(peer.Plenty)
		receiver.StopReading()
		call := send(b, conn, message, f)
		call.ExpectPending("SendFile waits while the socket's buffer is full")
		receiver.ResumeReading()
		receiver.ExpectFiles("one descriptor comes with all of msg", message, 1)
		_, err := call.Result("SendFile returns once msg is sent")
		b.NoError("SendFile sent msg and the descriptor", err)
	}, peer.Loopback)
}

// pair returns the script's end of a Unix stream and the subject's.
func pair(b *peer.Bench) (*peer.Peer, *net.UnixConn) {
	b.Over(peer.Unix)
	p, conn := b.Pair()
	return p, conn.(*net.UnixConn)
}

func send(b *peer.Bench, c *net.UnixConn, msg string, f *os.File) *peer.Call[any] {
	return peer.Start(b, "SendFile", func() (any, error) { return nil, passfd.SendFile(c, []byte(msg), f) })
}

// temporary opens a file with that content.
func temporary(t *testing.T, b *peer.Bench, content string) *os.File {
	f, err := os.CreateTemp(t.TempDir(), "")
	b.NoError("the bench makes a file", err)
	_, err = f.WriteString(content)
	b.NoError("the bench writes the file", err)
	return f
}

func content(b *peer.Bench, f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
	b.NoError("the file can be read", err)
	return string(text)
}
