//go:build linux || darwin || freebsd

package unixipc_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

func TestOccupied_R7(t *testing.T) {
	peer.Run(t, "R7: ListenUnix leaves everything but a stale socket alone", func(b *peer.Bench) {
		dir := folder(t)
		for _, o := range occupants(b, dir) {
			defer o.close()
			path, before := filepath.Join(dir, o.name), contents(b, dir)
			var err error
			listen := func() { _, err = listenUnix(path, 0o600) }
			if o.locked {
				asNobody(listen)
			} else {
				listen()
			}
			b.ErrorIs("the path is "+o.is, err, syscall.EADDRINUSE)
			b.Equal("no file is new in the folder, and none is gone", names(before), names(contents(b, dir)))
			b.Equal("nothing in the folder has changed", before, contents(b, dir))
		}
	}, peer.Loopback)
}

func TestModeFromTheBeginning_R8(t *testing.T) {
	peer.Run(t, "R8: no client can connect while the path is more open than mode", func(b *peer.Bench) {
		dir := folder(t)
		slow, fast := filepath.Join(maze(b, dir), "ferries"), filepath.Join(dir, "ferries")
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4)) // client and server run at the same time
		// A change of the mode by the slow path takes longer than walk, so a client that
		// looked twice within that time would have seen the old mode in between. On a
		// busy machine it seldom runs so often.
		walk := time.Hour
		for tries, sure := 0, 0; sure < 3 && tries < 500; tries++ {
			walk = min(walk, timeOf(func() { os.Lstat(slow) }))
			mode, gap := firstConnect(b, slow, fast)
			b.Equal("a client connects only once the mode is set: 0600", fileMode(0o600), mode|0o600)
			if gap < walk/2 {
				sure++
			}
		}
	}, peer.Loopback)
}

func TestClose_R9(t *testing.T) {
	peer.Run(t, "R9: Close removes the path only if it is still the listener's own", func(b *peer.Bench) {
		dir := folder(t)
		path := filepath.Join(dir, "ferries")
		ln, other := listen(b, path), listen(b, filepath.Join(dir, "trains"))
		defer other.Close()
		accept := peer.Start(b, "Accept", ln.Accept)
		b.Until("Accept waits", b.AtRest)
		b.NoError("Close closes the listener", ln.Close())
		_, err := accept.Result("Close ends Accept")
		b.ErrorIs("Accept reports that its listener was closed", err, net.ErrClosed)
		b.Equal("the path is removed, and no other", "trains", names(contents(b, dir)))

		next := listen(b, path)
		defer next.Close()
		ln.Close()
		served(b, next, path, "07:15 Harbour\n") // the second Close is not about this socket

		b.NoError("somebody removes the path", os.Remove(path))
		heir := listen(b, path)
		defer heir.Close()
		b.NoError("Close closes the listener whose path was replaced", next.Close())
		served(b, heir, path, "07:45 Harbour\n")

		b.NoError("somebody removes the path again", os.Remove(path))
		b.NoError("Close closes a listener whose path is gone", heir.Close())
		last := listen(b, path)
		b.NoError("somebody puts a file there", errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600)))
		b.NoError("Close closes the listener whose path was replaced", last.Close())
		b.Equal("the file stays", "ferries trains", names(contents(b, dir)))

		at := func(name string) string { return filepath.Join(dir, name) }
		closeMoved(b, dir)
		b.NoError("the bench makes a folder", os.Mkdir(at("folder"), 0o700))
		lost := listen(b, at("folder/ferries"))
		b.NoError("somebody puts a file in the folder's place", errors.Join(os.RemoveAll(at("folder")), os.WriteFile(at("folder"), nil, 0o600)))
		b.NoError("Close closes the listener whose folder is gone", lost.Close())
		served(b, other, at("trains"), "06:40 Airport\n")
		closeChanged(b, other, dir, "trains")
	}, peer.Loopback)
}

func TestLongPath_R10(t *testing.T) {
	peer.Run(t, "R10: a path that is too long is ENAMETOOLONG", func(b *peer.Bench) {
		dir := folder(t)
		path := filepath.Join(dir, strings.Repeat("f", longest-len(dir)-1))
		ln := listen(b, path)
		defer ln.Close()
		served(b, ln, path, "07:15 Harbour\n")
		_, err := listenUnix(path+"f", 0o600)
		b.ErrorIs("the path is one byte longer than an address can hold", err, syscall.ENAMETOOLONG)
		b.NoError("the bench makes a file there", os.WriteFile(path+"f", nil, 0o600))
		before := contents(b, dir)
		_, err = listenUnix(path+"f", 0o600)
		b.ErrorIs("the path is too long, whatever is there", err, syscall.ENAMETOOLONG)
		_, err = listenUnix(filepath.Join(dir, strings.Repeat("f", 200)), 0o600)
		b.ErrorIs("the path is far too long", err, syscall.ENAMETOOLONG)
		_, err = listenUnix(filepath.Join(dir, strings.Repeat("é", longest/2)), 0o600)
		b.ErrorIs("the path has few characters, and more bytes than an address can hold", err, syscall.ENAMETOOLONG)
		_, err = listenUnix(filepath.Join(dir, "none", "ferries"), 0o600)
		b.ErrorIs("the folder of the path does not exist", err, fs.ErrNotExist)
		b.Equal("nothing in the folder has changed", before, contents(b, dir))
	}, peer.Loopback)
}

func TestUnwantedFiles_R11(t *testing.T) {
	peer.Run(t, "R11: unwanted files are an error, and are closed", func(b *peer.Bench) {
		sender, conn := pair(b)
		timetable := file(t, b, "07:15 Harbour")
		defer timetable.Close()
		for _, c := range []struct{ sent, most int }{{2, 1}, {3, 2}, {1, 0}, {64, 1}, {64, 63}} {
			sender.SendFiles("timetables\n", copies(timetable, c.sent)...)
			expectNoMore := b.CountDescriptors()
			got := receive(b, conn, 100, c.most)
			b.ErrorIs(fmt.Sprintf("files sent: %d, most: %d, so some are unwanted", c.sent, c.most), got.err, unixipc.ErrTooManyFiles)
			b.Equal("RecvFiles returns none of them", 0, len(got.files))
			expectNoMore("RecvFiles closes the files that it does not return")
			b.Equal("the message was read", "timetables\n", got.text)
			sender.SendFiles("again\n", copies(timetable, c.most)...)
			got = receive(b, conn, 100, c.most)
			b.NoError("the stream can be used further", got.err)
			b.Equal("the next message arrives", "again\n", got.text)
			b.Equal("and its files", c.most, len(got.files))
			closeAll(got.files)
		}
		takeWrong(b, wrongFiles(b, folder(t)))
		takeUnconfirmed(b)
	}, peer.Loopback)
}

func TestStream_R12(t *testing.T) {
	peer.Run(t, "R12: messages of any length arrive whole, their files once", func(b *peer.Bench) {
		receiver, out := pair(b)
		timetable := file(t, b, "07:15 Harbour")
		defer timetable.Close()
		message := peer.Numbered(peer.Plenty / 4) // a Unix socket takes 0.2 MB
		sendInThree(b, message)
		receiver.StopReading()
		call := send(b, out, message, copies(timetable, 2)...)
		call.ExpectPending("SendFiles waits while the receiver does not read")
		receiver.ResumeReading()
		receiver.ExpectFiles("a long message arrives whole, both files with its first byte", message, 2)
		_, err := call.Result("SendFiles returns once the message is sent")
		b.NoError("SendFiles sends the message and the files", err)
		_, err = send(b, out, "", timetable).Result("SendFiles of nothing returns")
		b.Error("without a byte no file arrives", err)

		sender, in := pair(b)
		sender.SendFiles("timetables\n", timetable)
		got := receive(b, in, 4, 1)
		b.Equal("RecvFiles reads what fits", "time", got.text)
		b.Equal("the file comes with the first byte", 1, len(got.files))
		closeAll(got.files)
		got = receive(b, in, 100, 0)
		b.NoError("no file comes with the rest", got.err)
		b.Equal("RecvFiles reads the rest", "tables\n", got.text)
		sender.CloseWrite()
		got = receive(b, in, 100, 1)
		b.ErrorIs("the stream has ended", got.err, io.EOF)
		b.Equal("nothing was read", 0, got.n)
		b.Equal("and no file came", 0, len(got.files))
		_, err = send(b, in, "bye\n", timetable).Result("SendFiles returns once the message is sent")
		b.NoError("the other direction is still open", err)
		sender.ExpectFiles("the file arrives after the sender's own half-close", "bye\n", 1)
		out.CloseWrite()
		receiver.ExpectEOF("SendFiles sends nothing with an empty message")
		sendToNobody(b, message, timetable)
	}, peer.Loopback)
}

func TestNonBlocking_R13(t *testing.T) {
	peer.Run(t, "R13: a hand-over that fails is an error; nothing sent changes its mode", func(b *peer.Bench) {
		receiver, conn := pair(b)
		r, w, err := os.Pipe()
		b.NoError("the bench opens a pipe", err)
		defer r.Close()
		defer w.Close()
		one, two := socketpair(b)
		defer one.Close()
		defer two.Close()
		_, err = send(b, conn, "news\n", r, one).Result("SendFiles returns once the message is sent")
		b.NoError("SendFiles sends the message and the files", err)
		receiver.ExpectFiles("the pipe and the socket arrive", "news\n", 2)
		b.Equal("in blocking mode a Read of the pipe has no deadline", nonBlocking, modeOfCalls(b, r))
		b.Equal("in non-blocking mode a program that expects to wait fails", blocking, modeOfCalls(b, one))
		sender, in := pair(b)
		sender.SendFiles("news\n", r, one)
		got := receive(b, in, 100, 2)
		b.NoError("RecvFiles returns as many files as most allows", got.err)
		b.Equal("RecvFiles leaves the mode of the pipe alone", nonBlocking, modeOfCalls(b, r))
		b.Equal("RecvFiles leaves the mode of the socket alone", blocking, modeOfCalls(b, one))
		closeAll(got.files)

		here, there := ends(b)
		defer here.Close()
		ln, server := tcp(b)
		defer ln.Close()
		expectNoMore := b.CountDescriptors()
		handOver := start(b, "HandOver", func() error { return unixipc.HandOver(here, ln) })
		takeAndClose(there) // a process that ends instead of calling TakeOver
		_, err = handOver.Result("HandOver returns when the other end has closed")
		b.Error("nobody has taken over the listener", err)
		expectNoMore("HandOver leaves no descriptor open when it fails")
		expectUsable(b, here, "HandOver")
		b.Equal("in blocking mode Accept has no deadline, and Close waits for it", nonBlocking, modeOfCalls(b, ln))
		_, err = start(b, "HandOver", func() error { return unixipc.HandOver(here, ln) }).Result("HandOver to nobody returns")
		b.Error("the other end was closed before", err)
		expectNoMore("HandOver leaves no descriptor open when it cannot send")
		client := b.Dial(server)
		greet(b, ln, client, "the old server\n")
	}, peer.Loopback)
}

func TestOtherProcess_R14(t *testing.T) {
	successor() // does not return in the process that this test starts
	peer.Run(t, "R14: no client is refused while a listener moves to another process", func(b *peer.Bench) {
		b.Inside("the process that takes over is this test's own program")
		old, server := tcp(b)
		defer old.Close()
		first := b.Dial(server)
		greet(b, old, first, "the old server\n")
		before := b.Crowd(server, 20)
		c, end := startSuccessor(t, b)
		defer end()
		handOver := start(b, "HandOver", func() error { return unixipc.HandOver(c, old) })
		during := b.Crowd(server, 20)
		_, err := handOver.Result("HandOver returns once the new process has the listener")
		b.NoError("the new process has taken over the listener", err)
		b.NoError("the old server closes its listener", old.Close())
		after := b.Crowd(server, 20)
		for _, crowd := range []peer.Crowd{before, during, after} {
			crowd.Each(func(_ int, client *peer.Peer) {
				client.Expect("the new process serves every client", "the new server\n")
				client.ExpectEOF("the new process closes the conn")
			})
		}
		end()
		server.ExpectRefused("nobody listens any more when the new process has ended")
	}, peer.Loopback)
}

func TestFailures_R15(t *testing.T) {
	peer.Run(t, "R15: closed files and expired deadlines are errors, and nothing is sent", func(b *peer.Bench) {
		b.Inside("closed files and deadlines do not cross to another process")
		receiver, out := pair(b)
		timetable, closed := file(t, b, "07:15 Harbour"), file(t, b, "06:40 Airport")
		defer timetable.Close()
		closed.Close()
		expectNoMore := b.CountDescriptors()
		_, err := send(b, out, "timetables\n", timetable, closed).Result("SendFiles of a closed file returns")
		b.Error("one of the files is closed", err)
		expectNoMore("SendFiles leaves no descriptor open when it fails")
		ln, _ := tcp(b)
		ln.Close()
		_, err = start(b, "HandOver", func() error { return unixipc.HandOver(out, ln) }).Result("HandOver of a closed listener returns")
		b.Error("the listener is closed", err)
		out.SetDeadline(time.Now())
		expectDeadlineKept(b, out)
		got := receive(b, out, 100, 1)
		b.ErrorIs("the deadline has expired, and the stream has not ended", got.err, os.ErrDeadlineExceeded)
		_, err = send(b, out, "timetables\n", timetable).Result("SendFiles after the deadline returns")
		b.Error("the write deadline has expired", err)
		old, _ := tcp(b)
		defer old.Close()
		handOver := func(c *net.UnixConn) func() error { return func() error { return unixipc.HandOver(c, old) } }
		_, err = start(b, "HandOver", handOver(out)).Result("HandOver after the deadline returns")
		b.Error("the write deadline has expired", err)
		out.CloseWrite()
		receiver.ExpectEOF("nothing was sent")

		here, there := ends(b)
		defer here.Close()
		defer there.Close()
		expectReadDeadline(b, here, "HandOver", handOver(here))
		expectReadDeadline(b, here, "TakeOver", func() error { return failing(unixipc.TakeOver(here)) })
	}, peer.Loopback)
}
