package ctxio_test

import (
	"context"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestNoHold_R14(t *testing.T) {
	peer.Run(t, "R14: ctx has no effect on the conn after its call returned", func(b *peer.Bench) {
		client, conn := b.Pair()
		timed, cancel := context.WithTimeout(b.Context(), 3*time.Second)
		defer cancel()
		canceled, cancel := context.WithCancel(b.Context())
		_, err := startWrite(b, timed, conn, "hello\n").Result("Write returns before the timeout")
		b.NoError("ctx is not done for 3 seconds", err)
		client.Send("onetwo")
		_, err = startReadFull(b, canceled, conn, 3).Result("ReadFull returns before the cancel")
		b.NoError("ctx is canceled only later", err)
		_, err = startRead(b, timed, conn, 3).Result("Read returns before the timeout")
		b.NoError("ctx is not done for 3 seconds", err)
		filler, filled := b.Pair()
		filler.Send("one")
		_, err = startReadFull(b, timed, filled, 3).Result("ReadFull returns before the timeout")
		b.NoError("ctx is not done for 3 seconds", err)
		ender, ended := b.Pair()
		ender.CloseWrite()
		startRead(b, canceled, ended, 3).Result("Read returns at EOF")

		// Calls of the conn itself: a call of ctxio may clear what another left.
		reading := startPlainRead(b, conn, 5)
		reading.ExpectPending("conn.Read waits for the client to send")
		filling := startPlainRead(b, filled, 3)
		b.Note("ctx is canceled")
		cancel()
		reading.ExpectPending("canceling a finished call's ctx does not end a call of the conn")
		b.Advance(10 * time.Second)
		reading.ExpectPending("the timeout of a finished Read's ctx does not end a call of the conn")
		filling.ExpectPending("the timeout of a finished ReadFull's ctx does not end a call of the conn")
		_, err = ended.Read(make([]byte, 3))
		b.ErrorIs("canceling the ctx of a call that failed sets no deadline", err, io.EOF)
		client.Send("three")
		got, err := reading.Result("conn.Read returns when its bytes arrive, however late")
		b.NoError("no ctx affects conn.Read", err)
		b.Equal("conn.Read gets its bytes, however late", "three", got)
		filler.Send("two")
		_, err = filling.Result("conn.Read returns when its bytes arrive, however late")
		b.NoError("no ctx affects conn.Read", err)
		_, err = peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte("bye\n")) }).Result("conn.Write returns: the client's buffer has room")
		b.NoError("no ctx affects conn.Write", err)
		client.Expect("Write still works as well", "hello\nbye\n")

		endings(b, false, func(call, end string, own, _ deadline) {
			b.Equal("no deadline is left on the conn by a "+call+" that "+end, none, own)
		})
	}, peer.Virtual)
}

func TestOwnErrors_R15(t *testing.T) {
	peer.Run(t, "R15: the conn's own errors reach the caller", func(b *peer.Bench) {
		client, conn := b.Pair()
		client.Send("abc")
		client.CloseWrite()
		got, err := startReadFull(b, b.Context(), conn, 8).Result("ReadFull returns at the client's FIN")
		b.ErrorIs("the stream ends after 3 of 8 bytes", err, io.ErrUnexpectedEOF)
		b.Equal("ReadFull reports the 3 bytes it read", "abc", got)
		_, err = startReadFull(b, b.Context(), conn, 8).Result("ReadFull returns at EOF")
		b.ErrorIs("the stream ended before the first byte", err, io.EOF)
		b.Equal("ReadFull returns io.EOF itself, as io.ReadFull does", true, err == io.EOF)
		_, err = startRead(b, b.Context(), conn, 8).Result("Read returns at EOF")
		b.ErrorIs("the stream ended", err, io.EOF)
		b.Equal("Read returns the conn's error as it is, not wrapped: callers compare with ==", true, err == io.EOF)
		b.NoError("the caller closes the conn", conn.Close())
		_, err = startWrite(b, b.Context(), conn, "hello\n").Result("Write returns at once")
		b.ErrorIs("the conn is closed", err, net.ErrClosed)

		client, conn = b.Pair()
		client.Send("abc")
		got, err = startReadFull(b, b.Context(), fault.FailRead(3, syscall.EHOSTUNREACH)(conn), 8).Result("ReadFull returns at once")
		b.ErrorIs("the network failed after 3 of 8 bytes", err, syscall.EHOSTUNREACH)
		b.Equal("ReadFull reports the 3 bytes it read", "abc", got)
		client.Send("bye")
		client.CloseWrite()
		got, _ = startRead(b, b.Context(), fault.DataWithEOF(conn), 8).Result("Read returns the last bytes, with or without io.EOF")
		b.Equal("Read reports bytes that come with an error", "bye", got)

		client, conn = b.Pair(fault.DataWithEOF)
		client.Send("abc")
		client.CloseWrite()
		got, err = startReadFull(b, b.Context(), conn, 8).Result("ReadFull returns at the client's FIN")
		b.ErrorIs("the stream ends after 3 of 8 bytes, which come together with io.EOF", err, io.ErrUnexpectedEOF)
		b.Equal("ReadFull reports the 3 bytes it read", "abc", got)

		client, conn = b.Pair(fault.DataWithEOF)
		client.Send("abc")
		client.CloseWrite()
		got, err = startReadFull(b, b.Context(), conn, 3).Result("ReadFull returns when p is full")
		b.Equal("p is full, whatever comes together with its last byte", "abc", got)
		if err != io.EOF {
			b.NoError("p is full: the error is nil, or io.EOF as it came", err)
		}

		client, conn = b.Pair()
		client.CloseWrite()
		ctx, cancel := context.WithCancel(b.Context())
		_, err = startRead(b, ctx, &failing{conn, cancel}, 8).Result("Read returns at EOF")
		b.ErrorIs("EOF ended the call, although ctx was canceled before it returned", err, io.EOF)
		client, full := b.Pair()
		client.CloseWrite()
		ctx, cancel = context.WithCancel(b.Context())
		_, err = startReadFull(b, ctx, &failing{full, cancel}, 8).Result("ReadFull returns at EOF")
		b.ErrorIs("EOF ended ReadFull, although ctx was canceled before it returned", err, io.EOF)
		b.NoError("the caller closes the conn", conn.Close())
		ctx, cancel = context.WithCancel(b.Context())
		_, err = startWrite(b, ctx, &failing{conn, cancel}, "hello\n").Result("Write returns at once")
		b.ErrorIs("the conn was closed, although ctx was canceled before Write returned", err, net.ErrClosed)
		_, conn = b.Pair()
		ctx, cancel = context.WithCancel(b.Context())
		gaveUp := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
		unanswered := fault.FailRead(0, gaveUp)(conn)
		_, err = startRead(b, ctx, &failing{unanswered, cancel}, 8).Result("Read returns at once")
		b.ErrorIs("TCP gave the peer up, although ctx was canceled before Read returned", err, syscall.ETIMEDOUT)
	})
}

func TestNothingLeft_R16(t *testing.T) {
	peer.Run(t, "R16: 2000 calls under one ctx leave no goroutines or memory behind", func(b *peer.Bench) {
		ctx := b.CountingContext()
		client, conn := b.Pair()
		b.Inside("it counts goroutines and memory")
		goroutines := runtime.NumGoroutine()
		kept := keptBy(b, func() {
			client.Send(peer.Numbered(2000))
			_, err := startReadOneByOne(b, ctx, conn, 2000).Result("2000 calls of Read have 2000 bytes to read")
			b.NoError("2000 calls of Read have 2000 bytes to read", err)
			b.Until("no goroutine waits for ctx after its call has returned",
				func() bool { return runtime.NumGoroutine() < goroutines+50 })
		})
		startRead(b, ctx, fault.FailRead(0, syscall.EHOSTUNREACH)(conn), 1).Result("Read returns at once")
		startWrite(b, ctx, fault.FailWrite(0, syscall.EHOSTUNREACH)(conn), "x").Result("Write returns at once")
		ctx.ExpectReleased("a call that has returned leaves nothing registered on ctx")
		client.Send("abcd")
		startRead(b, ctx, refusing{conn}, 2).Result("Read returns: bytes are there")
		startReadFull(b, ctx, refusing{conn}, 2).Result("ReadFull returns: bytes are there")
		startWrite(b, ctx, refusing{conn}, "x").Result("Write returns: the client's buffer has room")
		ctx.ExpectReleased("a call leaves nothing registered on ctx, even if the conn refuses a deadline")
		timed := due{ctx, time.Now().Add(time.Hour)}
		client.Send("abcd")
		startRead(b, timed, refusing{conn}, 2).Result("Read returns: bytes are there")
		startReadFull(b, timed, refusing{conn}, 2).Result("ReadFull returns: bytes are there")
		startWrite(b, timed, refusing{conn}, "x").Result("Write returns: the client's buffer has room")
		ctx.ExpectReleased("a call leaves nothing registered on ctx, even if the conn refuses the deadline of ctx")
		b.Less("2000 finished calls keep less than 200 KiB of memory", kept, keptLimit)
	})
}
