package dial_test

import (
	"context"
	"math"
	"testing"
	"time"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

func TestRequest_R1(t *testing.T) {
	peer.Run(t, "R1: Exchange delivers the request to the server", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "hello\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request unchanged", "hello\n")
		server.CloseWrite()
		reply.Result("Exchange returns when the server ends the reply") // R2 checks what it returns
	}, peer.Loopback)
}

func TestWholeReply_R2(t *testing.T) {
	peer.Run(t, "R2: Exchange returns the whole reply, in however many pieces it arrives", func(b *peer.Bench) {
		host := b.Listen()
		short := exchange(b.Context(), b, host.Addr(), "name?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "name?\n")
		server.Send("kata ")
		server.Send("server\n")
		server.CloseWrite()
		name, err := short.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.Equal("Exchange returns both pieces", "kata server\n", name)

		message := peer.Numbered(peer.Plenty) // more than one Read can return
		long := exchange(b.Context(), b, host.Addr(), "book?\n", roomy)
		library := host.Accept("Exchange dials once for each request")
		library.Expect("Exchange sends the second request", "book?\n")
		library.Send(message)
		library.CloseWrite()
		got, err := long.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.Equal("Exchange returns all the pieces in order", message, got)
		b.Equal("a later call does not change an earlier reply", "kata server\n", name)
	}, peer.Loopback)
}

func TestEmptyReply_R3(t *testing.T) {
	peer.Run(t, "R3: an empty reply is not an error", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "news?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "news?\n")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("Exchange accepts an empty reply", err)
		b.Equal("Exchange returns no bytes", "", got)
	}, peer.Loopback)
}

func TestHalfClose_R4(t *testing.T) {
	peer.Run(t, "R4: a server that reads the request until EOF can answer", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "2 + 3", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "2 + 3")
		server.ExpectEOF("Exchange half-closes the conn after the request")
		server.Send("5")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("a half-closed conn can still receive", err)
		b.Equal("Exchange returns the answer", "5", got)

		reply = exchange(b.Context(), b, host.Addr(), "", roomy)
		server = host.Accept("Exchange dials for an empty request, too")
		server.ExpectEOF("Exchange half-closes the conn after an empty request")
		server.Send("hello")
		server.CloseWrite()
		got, err = reply.Result("Exchange returns when the server ends the reply")
		b.NoError("an empty request is not an error", err)
		b.Equal("Exchange returns the answer", "hello", got)
	}, peer.Loopback)
}

func TestRefused_R5(t *testing.T) {
	peer.Run(t, "R5: Exchange reports a refused dial as connection refused", func(b *peer.Bench) {
		reply := exchange(b.Context(), b, closedPort(b), "hello?\n", roomy)
		got, err := reply.Result("Exchange returns when the dial is refused")
		b.ErrorIs("nothing listens at the address, and Exchange says so", err, errRefused)
		b.Equal("Exchange returns no bytes without a reply", "", got)
	}, peer.Loopback)
}

func TestReset_R6(t *testing.T) {
	peer.Run(t, "R6: a reset mid-reply returns the bytes so far and an error", func(b *peer.Bench) {
		message := peer.Numbered(peer.PlentyDialed) // more than the buffers hold: once it is sent, the client has read some of it
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "book?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "book?\n")
		server.ExpectEOF("Exchange half-closes the conn after the request")
		server.Send(message)
		server.Reset()
		got, err := reply.Result("Exchange returns when the conn is reset")
		b.ErrorIs("a reset is not the end of the reply", err, errReset)
		b.Equal("Exchange returns the bytes so far", first(1024, message), first(1024, string(got)))
	}, peer.Loopback)
}

func TestReadWhileSending_R7(t *testing.T) {
	peer.Run(t, "R7: Exchange reads the reply while it sends the request", func(b *peer.Bench) {
		request, message := peer.Numbered(peer.PlentyDialed), peer.Numbered(peer.PlentyDialed)
		host := b.Listen()
		host.StopReading()
		reply := exchange(b.Context(), b, host.Addr(), request, roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.SendPieces(message[:8], message[8:16], message[16:24]) // it answers before it has read everything
		server.ResumeReading()
		server.Expect("Exchange sends the whole request", request)
		server.Send(message[24:])
		server.CloseWrite()
		got, err := reply.Result("Exchange returns once request and reply are complete")
		b.NoError("Exchange sent the request and received the reply", err)
		b.Equal("Exchange returns the whole reply", message, got)
	}, peer.Loopback)
}

func TestExactLimit_R8(t *testing.T) {
	peer.Run(t, "R8: a reply of exactly limit bytes is complete", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "word?\n")
		server.Send("hello")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("5 bytes do not exceed a limit of 5", err)
		b.Equal("Exchange returns the whole reply", "hello", got)

		reply = exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "word?\n")
		server.ExpectEOF("Exchange half-closes the conn after the request")
		server.Send("hello")
		server.Reset()
		_, err = reply.Result("Exchange returns when the conn is reset")
		b.ErrorIs("limit bytes and a reset are not a complete reply", err, errReset)

		reply = exchange(b.Context(), b, host.Addr(), "word?\n", 0)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "word?\n")
		server.CloseWrite()
		got, err = reply.Result("Exchange returns when the server ends the reply")
		b.NoError("0 bytes do not exceed a limit of 0", err)
		b.Equal("Exchange returns no bytes", "", got)

		reply = exchange(b.Context(), b, host.Addr(), "word?\n", math.MaxInt)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "word?\n")
		server.Send("hello")
		server.CloseWrite()
		got, err = reply.Result("Exchange returns when the server ends the reply")
		b.NoError("no reply exceeds a limit of math.MaxInt", err)
		b.Equal("Exchange returns the whole reply if limit is math.MaxInt", "hello", got)
	}, peer.Loopback)
}

func TestTooLarge_R9(t *testing.T) {
	peer.Run(t, "R9: a longer reply returns its first limit bytes and ErrTooLarge", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "word?\n")
		server.Send("hello!") // without FIN: the reply may go on
		got, err := reply.Result("Exchange does not wait for the end of a reply beyond limit")
		b.ErrorIs("6 bytes exceed a limit of 5", err, dial.ErrTooLarge)
		b.Equal("Exchange returns the first limit bytes", "hello", got)

		host.StopReading()
		reply = exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), len("hello"))
		server = host.Accept("Exchange dials once for each request")
		server.Send("hello, and so on")
		_, err = reply.Result("Exchange gives up the request when the reply is beyond limit")
		b.ErrorIs("16 bytes exceed a limit of 5", err, dial.ErrTooLarge)
	}, peer.Loopback)
}

func TestCancelReply_R10(t *testing.T) {
	peer.Run(t, "R10: canceling ctx ends the call and returns the bytes so far", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		message := peer.Numbered(peer.PlentyDialed) // more than the buffers hold: once it is sent, the client has read some of it
		host := b.Listen()
		reply := exchange(ctx, b, host.Addr(), "book?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "book?\n")
		server.Send(message)
		b.Note("ctx is canceled")
		cancel()
		got, err := reply.Result("Exchange returns when ctx is canceled, even in mid-reply")
		b.ErrorIs("ctx ended the call, so its error is returned", err, context.Canceled)
		b.Equal("Exchange returns the bytes so far", first(1024, message), first(1024, string(got)))
	}, peer.Loopback)
}

func TestCancelRequest_R11(t *testing.T) {
	peer.Run(t, "R11: canceling ctx unblocks a request that the server does not read", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		host := b.Listen()
		host.StopReading()
		reply := exchange(ctx, b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.SendPieces("bus", "y\n") // once a piece is read, the dial is done
		b.Note("ctx is canceled")
		cancel()
		_, err := reply.Result("Exchange returns when ctx is canceled, even if its Write is blocked")
		b.ErrorIs("ctx ended the call, so its error is returned", err, context.Canceled)

		ctx, cancel = context.WithCancel(b.Context())
		reply = exchange(ctx, b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server = host.Accept("Exchange dials once for each request")
		server.SendPieces("bus", "y\n")
		server.CloseWrite()
		b.Until("Exchange reads to the end of the reply", func() bool { return endedReading(b) })
		b.Note("ctx is canceled")
		cancel()
		_, err = reply.Result("Exchange returns when ctx is canceled, even after the whole reply")
		b.ErrorIs("ctx ended the call, so its error is returned", err, context.Canceled)
	}, peer.Loopback)
}

func TestOverAlready_R12(t *testing.T) {
	peer.Run(t, "R12: a call whose context is already done returns the context's error", func(b *peer.Bench) {
		ctx, cancel := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer cancel()
		reply := exchange(ctx, b, closedPort(b), "hello?\n", roomy) // refused if it dials, which is another error
		_, err := reply.Result("Exchange returns at once without a dial")
		b.ErrorIs("the deadline of ctx passed before the call", err, context.DeadlineExceeded)
	}, peer.Loopback)
}

func TestContextGoesOn_R13(t *testing.T) {
	peer.Run(t, "R13: a finished call leaves nothing behind, even if ctx is never done", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(context.Background(), b, host.Addr(), "ping\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "ping\n")
		server.Send("pong\n")
		server.CloseWrite()
		_, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)

		ctx := b.CountingContext()
		reply = exchange(ctx, b, host.Addr(), "ping\n", roomy)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "ping\n")
		server.CloseWrite()
		reply.Result("Exchange returns when the server ends the reply")
		ctx.ExpectReleased("Exchange leaves nothing registered on ctx")
	}, peer.Loopback)
}

func TestRequestUnsent_R14(t *testing.T) {
	peer.Run(t, "R14: Exchange returns an error if the request was not sent completely", func(b *peer.Bench) {
		host := b.Listen()
		host.StopReading()
		reply := exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.SendPieces("bus", "y\n") // once a piece is read, the dial is done
		server.CloseWrite()
		server.Reset() // the request can no longer be sent
		_, err := reply.Result("Exchange returns when the conn is reset")
		b.Error("the server received only part of the request", err)
	}, peer.Loopback)
}

func TestDeadline_R15(t *testing.T) {
	peer.Run(t, "R15: an expired deadline returns context.DeadlineExceeded, even if the conn times out first", func(b *peer.Bench) {
		ctx, cancel := lateDeadline(20*time.Millisecond, 300*time.Millisecond)
		defer cancel()
		host := b.Listen() // never answers
		reply := exchange(ctx, b, host.Addr(), "hello?\n", roomy)
		_, err := reply.Result("Exchange returns when the deadline of ctx passes")
		b.ErrorIs("the caller set the deadline on ctx, not on the conn", err, context.DeadlineExceeded)
	}, peer.Loopback)
}
