//go:build unix

package cases_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"socketkata/harness/peer"
	"socketkata/harness/peer/testdata/cases"
)

func TestRightUnixStream(t *testing.T) {
	peer.Run(t, "R1: a server need not know what its listener is", func(b *peer.Bench) {
		b.Over(peer.Unix)
		read := make(chan string, 10)
		server := b.Serve(cases.Each(func(c net.Conn) {
			p := make([]byte, 100)
			for n, err := c.Read(p); err == nil; n, err = c.Read(p) {
				read <- string(p[:n])
				c.Write(p[:n])
			}
		}))
		b.Equal("Addr is a path", true, filepath.IsAbs(server.Addr()))
		client := b.Dial(server)
		client.SendPieces("one ", "two ", "three")
		client.Expect("the echo comes back", "one two three")
		for _, piece := range []string{"one ", "two ", "three"} {
			b.Equal("no Read gets bytes of two pieces", piece, <-read)
		}
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
	}, peer.Loopback)
}

func TestRightUnixDatagrams(t *testing.T) {
	peer.Run(t, "R1: datagrams over Unix sockets come back", func(b *peer.Bench) {
		b.Over(peer.Unix)
		client := b.DialPacket(b.ServePacket(cases.EchoPackets))
		client.Send("")
		client.Send("ping")
		client.Expect("the echo comes back", "")
		client.Expect("the echo comes back", "ping")
		client.ExpectNone("nothing more comes", "fence", "fence")
	}, peer.Loopback)
}

func TestRightDescriptors(t *testing.T) {
	peer.Run(t, "R1: no descriptor is free, and then one is", func(b *peer.Bench) {
		restore := b.LimitDescriptors(3)
		defer restore()
		_, err := os.Open(os.DevNull)
		b.ErrorIs("no descriptor is free", err, syscall.EMFILE)
		restore()
		f, err := os.Open(os.DevNull)
		b.NoError("a descriptor is free", err)
		b.NoError("it is closed", f.Close())
		defer b.OpenDescriptors(1100)()
		b.FreeDescriptorZero()
		for _, lowest := range []uintptr{0, 1100} {
			f, err = os.Open(os.DevNull)
			b.NoError("a descriptor is free", err)
			defer f.Close()
			b.Equal("it has the lowest number that is free", lowest, f.Fd())
		}
	}, peer.Loopback)
}

// handed plays a subject that is sent a file, and expects one back.
func handed(subject func(*net.UnixConn) error) func(b *peer.Bench) {
	return func(b *peer.Bench) {
		b.Over(peer.Unix)
		p, conn := b.Pair()
		call := peer.Start(b, "SendBack", func() (any, error) { return nil, subject(conn.(*net.UnixConn)) })
		r, w, err := os.Pipe()
		b.NoError("a pipe is there", err)
		defer r.Close()
		p.SendFiles("take this", w)
		w.Close()
		back := p.ExpectFiles("the file comes back", "take this", 1)
		_, err = call.Result("the file is back")
		b.NoError("nothing went wrong", err)
		back[0].WriteString("through the pipe")
		back[0].Close()
		text, err := io.ReadAll(r)
		b.NoError("the pipe can be read", err)
		b.Equal("it is the same pipe", "through the pipe", string(text))
	}
}

func TestRightFiles(t *testing.T) {
	peer.Run(t, "R1: a file comes back", handed(cases.SendBack), peer.Loopback)
}
func TestRightFileLate(t *testing.T) {
	peer.Run(t, "R1: a file comes back with one of the bytes", handed(cases.SendBackLate), peer.Loopback)
}
func TestFileLate(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		p := returning(b, cases.SendBackLate)
		p.ExpectFiles("the file comes back with the first byte", "t", 1)
	}, peer.Loopback)
}
func TestFileUnclaimed(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		p := returning(b, cases.SendBackLate)
		p.Expect("no file comes back with the first byte", "t")
		p.Expect("only bytes come back", "ake")
	}, peer.Loopback)
}
func TestFileBeforeEnd(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		returning(b, cases.SendBack).ReadAll("only bytes come back")
	}, peer.Loopback)
}

// returning sends standard input to a subject that sends files back.
func returning(b *peer.Bench, subject func(*net.UnixConn) error) *peer.Peer {
	b.Over(peer.Unix)
	p, conn := b.Pair()
	call := peer.Start(b, "SendBack", func() (any, error) { return nil, subject(conn.(*net.UnixConn)) })
	p.SendFiles("take this", os.Stdin)
	_, err := call.Result("the file is back")
	b.NoError("nothing went wrong", err)
	conn.Close()
	return p
}

func TestFileNotHandedOver(t *testing.T) {
	peer.Run(t, "R1: it fails", handed(cases.KeepBack), peer.Loopback)
}

func TestRightPairFD(t *testing.T) {
	peer.Run(t, "R1: bytes come back over a descriptor", func(b *peer.Bench) {
		for _, sockets := range []peer.Sockets{peer.Inet, peer.Unix} {
			b.Over(sockets)
			p, fd := b.PairFD()
			call := peer.Start(b, "EchoFD", func() (any, error) { return nil, cases.EchoFD(fd) })
			p.SendPieces("one ", "two")
			p.Expect("the echo comes back", "one two")
			p.CloseWrite()
			_, err := call.Result("the stream has ended")
			b.NoError("EOF is no error", err)
		}
	}, peer.Loopback)
}

func TestRightServerAt(t *testing.T) {
	peer.Run(t, "R1: what the subject listens with can be dialed", func(b *peer.Bench) {
		listening := make(chan string, 1)
		path := filepath.Join(t.TempDir(), "s")
		call := peer.Start(b, "ListenAndEcho", func() (any, error) { return nil, cases.ListenAndEcho(path, listening) })
		server := b.ServerAt("unix", <-listening)
		client := b.Dial(server)
		client.SendPieces("one ", "two")
		client.Expect("the echo comes back", "one two")
		client.CloseWrite()
		client.ExpectEOF("the server closes after the last byte")
		_, err := call.Result("the client has left")
		b.NoError("nothing went wrong", err)
		b.Equal("it listens no more", true, notThere(path))
	}, peer.Loopback)
}

func TestServerElsewhere(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { b.ServerAt("tcp", "192.0.2.1:7") }, peer.Loopback)
}

func TestRightCloseOnExec(t *testing.T) {
	peer.Run(t, "R1: the descriptor is close-on-exec", onExec(syscall.CloseOnExec), peer.Loopback)
}
func TestInherited(t *testing.T) {
	peer.Run(t, "R1: it fails", onExec(func(int) {}), peer.Loopback)
}

// onExec checks a descriptor after prepare has had it.
func onExec(prepare func(fd int)) func(b *peer.Bench) {
	return func(b *peer.Bench) {
		fd, err := syscall.Dup(0)
		b.NoError("standard input can be duplicated", err)
		defer syscall.Close(fd)
		prepare(fd)
		b.ExpectCloseOnExec("a child process must not get it", fd)
	}
}

func notThere(path string) bool {
	_, err := os.Stat(path)
	return os.IsNotExist(err)
}
