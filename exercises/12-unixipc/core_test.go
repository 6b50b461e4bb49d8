//go:build linux || darwin || freebsd

package unixipc_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

func TestServed_R1(t *testing.T) {
	peer.Run(t, "R1: a client that dials the path is served", func(b *peer.Bench) {
		dir := folder(t)
		ferries := listen(b, filepath.Join(dir, "ferries"))
		defer ferries.Close()
		trains := listen(b, filepath.Join(dir, "trains"))
		defer trains.Close()
		served(b, ferries, filepath.Join(dir, "ferries"), "07:15 Harbour\n")
		served(b, trains, filepath.Join(dir, "trains"), "06:40 Airport\n")
		served(b, ferries, filepath.Join(dir, "ferries"), "07:45 Harbour\n")
	}, peer.Loopback)
}

func TestMode_R2(t *testing.T) {
	peer.Run(t, "R2: the path has exactly the given mode, whatever the umask", func(b *peer.Bench) {
		defer syscall.Umask(syscall.Umask(0o077))
		dir := folder(t)
		for _, mode := range []os.FileMode{0o600, 0o660, 0o666, 0o777, 0, os.ModeSetuid | 0o640} {
			path := filepath.Join(dir, mode.String())
			ln, err := unixipc.ListenUnix(path, mode)
			b.NoError("ListenUnix listens at a new path", err)
			defer ln.Close()
			b.Equal("ListenUnix(path, "+fileMode(mode).octal()+") gives the path that mode's permission bits, and no other bits", fileMode(mode.Perm()), modeOf(path))
			expectUmask(b, "ListenUnix leaves the umask of the process as it was", 0o077)
			_, err = unixipc.ListenUnix(filepath.Join(dir, "none", "ferries"), mode)
			b.Error("the folder of the path does not exist", err)
			expectUmask(b, "even when it fails, ListenUnix leaves the umask as it was", 0o077)
		}
		slow := maze(b, dir)
		for range 25 { // in a sandbox on a busy machine, ten calls did not always meet
			listenAtOnce(b, dir, slow)
			expectUmask(b, "calls at the same time leave the umask as it was", 0o077)
		}
	}, peer.Loopback)
}

func TestStale_R3(t *testing.T) {
	peer.Run(t, "R3: ListenUnix replaces a stale socket but never a live one", func(b *peer.Bench) {
		path := filepath.Join(folder(t), "ferries")
		crash(b, path)
		first := listen(b, path)
		defer first.Close()
		served(b, first, path, "07:15 Harbour\n")
		_, err := listenUnix(path, 0o600)
		b.ErrorIs("the first server is still listening at the path", err, syscall.EADDRINUSE)
		served(b, first, path, "07:45 Harbour\n")
		first.Close()
		crash(b, path)
		second := listen(b, path)
		defer second.Close()
		served(b, second, path, "08:15 Harbour\n")
	}, peer.Loopback)
}

func TestPeerUID_R4(t *testing.T) {
	peer.Run(t, "R4: PeerUID returns the user at the other end", func(b *peer.Bench) {
		_, conn := pair(b)
		uid, err := unixipc.PeerUID(conn)
		b.NoError("the kernel knows the other end of a Unix stream", err)
		b.Equal("both ends are of this user", uint32(os.Geteuid()), uid)
		b.Equal("in blocking mode the deadlines of the conn no longer work", nonBlocking, modeOfCalls(b, conn))
		alone, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder(t), "alone"), Net: "unixgram"})
		b.NoError("the bench opens a socket that is not connected", err)
		defer alone.Close()
		_, err = unixipc.PeerUID(alone)
		b.Error("a socket without another end has no user there", err)
		var here, there *net.UnixConn
		nobody := asNobody(func() { here, there = ends(b) })
		defer here.Close()
		defer there.Close()
		uid, err = unixipc.PeerUID(here)
		b.NoError("the kernel knows the user at the other end", err)
		b.Equal("the kernel noted the user when the ends were connected", nobody, uid)
		here.Close()
		_, err = unixipc.PeerUID(here)
		b.Error("a closed conn has no other end", err)
	}, peer.Loopback)
}

func TestFiles_R5(t *testing.T) {
	peer.Run(t, "R5: files arrive with the first byte of their message, ready to use", func(b *peer.Bench) {
		receiver, out := pair(b)
		sender, in := pair(b)
		timetable := file(t, b, "07:15 Harbour")
		defer timetable.Close()
		for _, n := range []int{1, 3, 0, 64} {
			_, err := send(b, out, "timetables\n", copies(timetable, n)...).Result("SendFiles returns once the message is sent")
			b.NoError("SendFiles sends the message and the files", err)
			expectContent(b, "the sender's file stays open", "07:15 Harbour", []*os.File{timetable})
			files := receiver.ExpectFiles("the files come with the first byte", "t", n)
			receiver.Expect("the rest of the message follows", "imetables\n")
			expectContent(b, "each is the file that was sent", "07:15 Harbour", files)
			sender.SendFiles("timetables\n", copies(timetable, n)...)
			got := receive(b, in, 100, n)
			b.NoError("RecvFiles returns as many files as most allows", got.err)
			b.Equal("RecvFiles returns the message", "timetables\n", got.text)
			b.Equal("RecvFiles returns every file", n, len(got.files))
			expectContent(b, "each is the file that was sent", "07:15 Harbour", got.files)
			expectCloseOnExec(b, got.files)
			closeAll(got.files)
		}
		another := file(t, b, "06:40 Airport")
		defer another.Close()
		sender.SendFiles("ferries\n", timetable)
		ferries := receive(b, in, 100, 1)
		sender.SendFiles("trains\n", another)
		trains := receive(b, in, 100, 1)
		expectContent(b, "a later message does not touch earlier files", "07:15 Harbour", ferries.files)
		expectContent(b, "the second message has its own file", "06:40 Airport", trains.files)
		closeAll(append(ferries.files, trains.files...))
		for range 10 {
			sendAtOnce(b, timetable, another)
		}
		sendForgotten(t, b)
	}, peer.Loopback)
}

func TestHandOver_R6(t *testing.T) {
	peer.Run(t, "R6: a client that waits in the backlog is served after the hand-over", func(b *peer.Bench) {
		here, there := ends(b)
		defer here.Close()
		defer there.Close()
		old, server := tcp6(b)
		defer old.Close()
		early := b.Dial(server)
		b.Note("it waits in the backlog of the old server")
		first := handedOver(b, here, there, old)
		defer first.Close()
		old.Close()
		b.Note("the old server closes its listener")
		greet(b, first, early, "the new server\n")
		late := b.Dial(server)
		greet(b, first, late, "the new server\n")
		last := b.Dial(server)
		b.Note("it waits in the backlog of the new server")
		second := thereAndBack(b, there, here, first)
		defer second.Close()
		first.Close()
		greet(b, second, last, "the new server\n")
		second.Close()
		server.ExpectRefused("nobody listens any more: HandOver and TakeOver keep no copy of the listener")
	}, peer.Loopback)
}
