//go:build unix

package rawtcp_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

func TestNumbers_R16(t *testing.T) {
	peer.Run(t, "R16: descriptor 0 and those above 1,024 work like any others", func(b *peer.Bench) {
		host, usual := b.Listen(), listen(b, 16)
		defer unix.Close(usual.fd)
		guest := b.Dial(b.ServerAt("tcp", usual.bound.String()))
		b.FreeDescriptorZero()
		throughListener(b) // each call leaves 0 to the next
		unix.Close(connect(b, host))
		exchange(b, guest, accept(b, usual).fd)

		defer b.OpenDescriptors(1100)()
		unix.Close(connect(b, host))
		throughListener(b)
	}, peer.Loopback)
}

// throughListener has a client connect to a new listener.
func throughListener(b *peer.Bench) {
	b.Helper()
	l := listen(b, 16)
	defer unix.Close(l.fd)
	client := b.Dial(b.ServerAt("tcp", l.bound.String()))
	exchange(b, client, accept(b, l).fd)
}

// exchange has a client and the conn with the descriptor fd, which it closes,
// send each other a line.
func exchange(b *peer.Bench, client *peer.Peer, fd int) {
	b.Helper()
	defer unix.Close(fd)
	client.Send("B12 08:14\n")
	text, err := reading(b, fd, 10).Result("ReadFull returns when p is full")
	b.NoError("ReadFull fills p", err)
	b.Equal("ReadFull returns what the client has sent", "B12 08:14\n", text)
	_, err = writing(b, fd, "thanks\n").Result("WriteFull returns when the kernel has taken the bytes")
	b.NoError("WriteFull sends all bytes", err)
	client.Expect("the client gets the answer", "thanks\n")
}
