//go:build linux || darwin || freebsd

package unixipc_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"weak"

	"golang.org/x/sys/unix"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

// file opens a new file with that content. It has no name any more.
func file(t *testing.T, b *peer.Bench, content string) *os.File {
	f, err := os.CreateTemp(folder(t), "")
	b.NoError("the bench makes a file", err)
	_, err = f.WriteString(content)
	b.NoError("the bench writes the file", err)
	return f
}

// copies returns a list with f in it n times.
func copies(f *os.File, n int) []*os.File { return slices.Repeat([]*os.File{f}, n) }

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// expectContent checks what is in each of the files.
func expectContent(b *peer.Bench, reason, want string, files []*os.File) {
	b.Helper()
	for _, f := range files {
		text, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		b.NoError(reason, err)
		b.Equal(reason, want, string(text))
	}
}

func expectCloseOnExec(b *peer.Bench, files []*os.File) {
	b.Helper()
	for _, f := range files {
		b.ExpectCloseOnExec("programs that this process starts do not inherit the file", int(f.Fd()))
	}
}

// sendAtOnce sends each of the files many times over a stream of its own, all at
// the same time.
func sendAtOnce(b *peer.Bench, files ...*os.File) {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var calls []*peer.Call[any]
	for _, f := range files {
		here, there := ends(b)
		defer here.Close()
		defer there.Close()
		calls = append(calls, start(b, "SendFiles and RecvFiles", func() error { return sendOften(here, there, f) }))
	}
	for _, call := range calls {
		_, err := call.Result("SendFiles and RecvFiles return")
		b.NoError("calls for different conns at the same time do not mix up their files", err)
	}
}

// sendForgotten sends a file that nobody else has any more through a socket whose
// buffer is full. While SendFiles waits for room, garbage is collected.
func sendForgotten(t *testing.T, b *peer.Bench) {
	b.Helper()
	here, there := ends(b)
	defer here.Close()
	defer there.Close()
	raw, err := here.SyscallConn()
	b.NoError("the bench has a conn", err)
	sent := 0
	err = raw.Write(func(fd uintptr) bool {
		for ; err == nil; sent++ {
			_, err = unix.Write(int(fd), []byte("."))
		}
		return true
	})
	b.NoError("the bench fills the buffer", err)
	files := []*os.File{file(t, b, "07:45 Harbour")}
	last := weak.Make(files[0])
	call := start(b, "SendFiles", func() error {
		forgotten := files
		files = nil
		return unixipc.SendFiles(here, []byte("t"), forgotten...)
	})
	b.Until("SendFiles waits while there is no room", b.AtRest)
	collectGarbage()
	_, err = io.ReadFull(there, make([]byte, sent-1))
	b.NoError("the bench makes room", err)
	_, err = call.Result("SendFiles returns once there is room")
	b.NoError("the garbage collector closes no file that SendFiles waits to send", err)
	got := receive(b, there, 100, 1)
	b.Equal("the file arrives", 1, len(got.files))
	expectContent(b, "it is the file that was sent", "07:45 Harbour", got.files)
	closeAll(got.files)
	if f := last.Value(); f != nil {
		f.Close()
	}
}

// collectGarbage returns when what was garbage has been finalized: the second
// finalizer runs after all of the first collection.
func collectGarbage() {
	for range 2 {
		done := make(chan struct{})
		runtime.SetFinalizer(&[]chan struct{}{done}, func(s *[]chan struct{}) { close((*s)[0]) })
		runtime.GC()
		<-done
	}
}

func sendOften(from, to *net.UnixConn, f *os.File) error {
	sent, err := f.Stat()
	if err != nil {
		return err
	}
	for range 100 {
		if err := unixipc.SendFiles(from, []byte("t"), copies(f, 64)...); err != nil {
			return err
		}
		_, files, err := unixipc.RecvFiles(to, make([]byte, 1), 64)
		if err != nil {
			return err
		}
		if len(files) != 64 {
			return fmt.Errorf("%d files arrived, and 64 were sent", len(files))
		}
		for _, got := range files {
			if info, err := got.Stat(); err != nil || !os.SameFile(sent, info) {
				return errors.New("a file of another conn arrived")
			}
		}
		closeAll(files)
	}
	return nil
}

// wrong is what came instead of a TCP listener.
type wrong struct {
	came  string
	files []*os.File
}

func wrongFiles(b *peer.Bench, dir string) []wrong {
	ln, _ := tcp(b)
	defer ln.Close()
	one, err := ln.File()
	b.NoError("the bench duplicates a listener", err)
	two, err := ln.File()
	b.NoError("the bench duplicates a listener", err)
	local, err := net.ListenUnix("unix", &net.UnixAddr{Name: dir + "/sent-to-TakeOver", Net: "unix"})
	b.NoError("the bench opens a listener", err)
	defer local.Close()
	unixOne, err := local.File()
	b.NoError("the bench duplicates a listener", err)
	r, w, err := os.Pipe()
	b.NoError("the bench opens a pipe", err)
	w.Close()
	return []wrong{{"no file", nil}, {"two listeners", []*os.File{one, two}}, {"a Unix listener", []*os.File{unixOne}}, {"a pipe", []*os.File{r}}}
}

// takeWrong calls TakeOver for each of them.
func takeWrong(b *peer.Bench, all []wrong) {
	b.Helper()
	for _, c := range all {
		sender, conn := pair(b)
		sender.SendFiles("L", c.files...)
		sender.CloseWrite()
		expectNoMore := b.CountDescriptors()
		_, err := start(b, "TakeOver", func() error { return failing(unixipc.TakeOver(conn)) }).Result("TakeOver returns")
		b.Error("instead of one TCP listener came "+c.came, err)
		expectNoMore("TakeOver closes what came")
		expectUsable(b, conn, "TakeOver")
		closeAll(c.files)
	}
}

// takeUnconfirmed calls TakeOver for a listener whose sender has gone.
func takeUnconfirmed(b *peer.Bench) {
	b.Helper()
	sender, conn := pair(b)
	ln, _ := tcp(b)
	defer ln.Close()
	gift, err := ln.File()
	b.NoError("the test duplicates a listener", err)
	sender.SendFiles("L", gift)
	gift.Close()
	sender.Close()
	expectNoMore := b.CountDescriptors()
	start(b, "TakeOver", func() error { return failing(unixipc.TakeOver(conn)) }).Result("TakeOver returns although the other end is gone")
	expectNoMore("TakeOver keeps nothing but the listener that it returns")
}

// sendInThree makes room for a quarter of the message at first, so that the kernel
// takes the rest of it in more than one call.
func sendInThree(b *peer.Bench, message string) {
	b.Helper()
	here, there := ends(b)
	defer here.Close()
	defer there.Close()
	call := send(b, here, message)
	for _, part := range []int{len(message) / 4, len(message) - len(message)/4} {
		b.Until("SendFiles waits while there is no room", b.AtRest)
		call.ExpectPending("the kernel has not taken all of the message")
		_, err := start(b, "Read", func() error {
			_, err := io.ReadFull(there, make([]byte, part))
			return err
		}).Result("the receiver makes room")
		b.NoError("the receiver makes room", err)
	}
	_, err := call.Result("SendFiles returns once the message is sent")
	b.NoError("SendFiles sends the message", err)
}

// sendToNobody plays two receivers that close without reading: one when the whole
// message has been sent, one when only a part of it has.
func sendToNobody(b *peer.Bench, message string, timetable *os.File) {
	b.Helper()
	rude, cut := pair(b)
	rude.StopReading()
	_, err := send(b, cut, "timetables\n", timetable).Result("SendFiles returns once the message is sent")
	b.NoError("the receiver has not closed yet", err)
	rude.Close()
	got := receive(b, cut, 100, 1)
	b.Error("the receiver closed without reading what was sent", got.err)
	if runtime.GOOS == "linux" { // elsewhere the stream just ends
		b.ErrorIs("the conn was reset, and that is not the end of the stream", got.err, syscall.ECONNRESET)
	}
	b.Equal("nothing was read", 0, got.n)
	_, err = send(b, cut, "bye\n").Result("SendFiles to nobody returns")
	b.Error("the receiver has closed", err)
	rude, cut = pair(b)
	rude.StopReading()
	call := send(b, cut, message)
	b.Until("SendFiles waits while the receiver does not read", b.AtRest)
	rude.Close()
	_, err = call.Result("SendFiles returns when the receiver has closed")
	b.Error("the receiver closed before the kernel took the rest", err)
}
