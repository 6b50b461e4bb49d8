package dial_test

import (
	"context"
	"testing"
	"time"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

func TestRequest(t *testing.T) {
	peer.Run(t, "R1: the request arrives", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "hello\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives as it was given", "hello\n")
		server.CloseWrite()
		reply.Result("Exchange returns when the server ends the reply") // what it returns is for R2
	}, peer.Loopback)
}

func TestWholeReply(t *testing.T) {
	peer.Run(t, "R2: the whole reply comes back, in however many pieces", func(b *peer.Bench) {
		host := b.Listen()
		short := exchange(b.Context(), b, host.Addr(), "name?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "name?\n")
		server.Send("kata ")
		server.Send("server\n")
		server.CloseWrite()
		name, err := short.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is no error", err)
		b.Equal("both pieces come back", "kata server\n", name)

		message := peer.Numbered(peer.Plenty) // more than one Read can return
		long := exchange(b.Context(), b, host.Addr(), "book?\n", roomy)
		library := host.Accept("Exchange dials once for each request")
		library.Expect("the request arrives", "book?\n")
		library.Send(message)
		library.CloseWrite()
		got, err := long.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is no error", err)
		b.Equal("all the pieces come back, in order", message, got)
		b.Equal("a reply stays what it was when another call comes", "kata server\n", name)
	}, peer.Loopback)
}

func TestEmptyReply(t *testing.T) {
	peer.Run(t, "R3: an empty reply is a reply", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "news?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "news?\n")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("a reply may be empty", err)
		b.Equal("nothing comes back", "", got)
	}, peer.Loopback)
}

func TestHalfClose(t *testing.T) {
	peer.Run(t, "R4: a server that waits for the end of the request sees it and answers", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "2 + 3", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "2 + 3")
		server.ExpectEOF("Exchange half-closes the conn behind the request")
		server.Send("5")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("a half-closed conn still receives", err)
		b.Equal("the answer comes back", "5", got)
	}, peer.Loopback)
}

func TestRefused(t *testing.T) {
	peer.Run(t, "R5: a dial that is refused is reported as refused", func(b *peer.Bench) {
		reply := exchange(b.Context(), b, closedPort(b), "hello?\n", roomy)
		got, err := reply.Result("Exchange returns when the dial is refused")
		b.ErrorIs("nobody listens at the address", err, errRefused)
		b.Equal("there are no bytes of a reply", "", got)
	}, peer.Loopback)
}

func TestReset(t *testing.T) {
	peer.Run(t, "R6: a reset in mid-reply gives the bytes so far and an error", func(b *peer.Bench) {
		message := peer.Numbered(peer.PlentyDialed) // more than buffers hold: once it is sent, some of it was read
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "book?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "book?\n")
		server.ExpectEOF("Exchange half-closes the conn behind the request")
		server.Send(message)
		server.Reset()
		got, err := reply.Result("Exchange returns when the conn is reset")
		b.ErrorIs("a reset is not the end of a reply", err, errReset)
		b.Equal("the bytes so far come back", first(1024, message), first(1024, string(got)))
	}, peer.Loopback)
}

func TestReadWhileSending(t *testing.T) {
	peer.Run(t, "R7: the reply is read while the request is still being sent", func(b *peer.Bench) {
		request, message := peer.Numbered(peer.PlentyDialed), peer.Numbered(peer.PlentyDialed)
		host := b.Listen()
		host.StopReading()
		reply := exchange(b.Context(), b, host.Addr(), request, roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Send(message) // a server that answers before it has read everything
		server.ResumeReading()
		server.Expect("the whole request arrives", request)
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when both directions are through")
		b.NoError("both directions went through", err)
		b.Equal("the whole reply comes back", message, got)
	}, peer.Loopback)
}

func TestExactLimit(t *testing.T) {
	peer.Run(t, "R8: a reply of exactly limit bytes is whole", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "word?\n")
		server.Send("hello")
		server.CloseWrite()
		got, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("5 bytes are within a limit of 5", err)
		b.Equal("the whole reply comes back", "hello", got)

		reply = exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server = host.Accept("Exchange dials once for each request")
		server.Expect("the request arrives", "word?\n")
		server.ExpectEOF("Exchange half-closes the conn behind the request")
		server.Send("hello")
		server.Reset()
		_, err = reply.Result("Exchange returns when the conn is reset")
		b.ErrorIs("limit bytes and a reset are not a whole reply", err, errReset)
	}, peer.Loopback)
}

func TestTooLarge(t *testing.T) {
	peer.Run(t, "R9: a reply beyond limit ends the call with ErrTooLarge and limit bytes", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(b.Context(), b, host.Addr(), "word?\n", len("hello"))
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "word?\n")
		server.Send("hello, and so on") // and no end: nobody knows what is still to come
		got, err := reply.Result("Exchange does not wait for the end of a reply beyond limit")
		b.ErrorIs("16 bytes are beyond a limit of 5", err, dial.ErrTooLarge)
		b.Equal("the first limit bytes come back", "hello", got)

		host.StopReading()
		reply = exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), len("hello"))
		server = host.Accept("Exchange dials once for each request")
		server.Send("hello, and so on")
		_, err = reply.Result("Exchange gives up the request when the reply is beyond limit")
		b.ErrorIs("16 bytes are beyond a limit of 5", err, dial.ErrTooLarge)
	}, peer.Loopback)
}

func TestCancelReply(t *testing.T) {
	peer.Run(t, "R10: ctx ends the wait for the reply and leaves the bytes so far", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		message := peer.Numbered(peer.PlentyDialed) // more than buffers hold: once it is sent, some of it was read
		host := b.Listen()
		reply := exchange(ctx, b, host.Addr(), "book?\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "book?\n")
		server.Send(message)
		b.Note("ctx is cancelled")
		cancel()
		got, err := reply.Result("Exchange returns when ctx ends, though the reply goes on")
		b.ErrorIs("ctx is why the call ended", err, context.Canceled)
		b.Equal("the bytes so far come back", first(1024, message), first(1024, string(got)))
	}, peer.Loopback)
}

func TestCancelRequest(t *testing.T) {
	peer.Run(t, "R11: ctx ends a request that nobody reads", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		host := b.Listen()
		host.StopReading()
		reply := exchange(ctx, b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Send(peer.Numbered(peer.PlentyDialed)) // more than buffers hold: once it is sent, the dial is over
		b.Note("ctx is cancelled")
		cancel()
		_, err := reply.Result("Exchange returns when ctx ends, though the request is stuck")
		b.ErrorIs("ctx is why the call ended", err, context.Canceled)
	}, peer.Loopback)
}

func TestOverAlready(t *testing.T) {
	peer.Run(t, "R12: a call whose ctx is over already fails with the error of ctx", func(b *peer.Bench) {
		ctx, cancel := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer cancel()
		reply := exchange(ctx, b, closedPort(b), "hello?\n", roomy) // a dial is refused: it shows
		_, err := reply.Result("Exchange returns at once")
		b.ErrorIs("the deadline of ctx was over before the call", err, context.DeadlineExceeded)
	}, peer.Loopback)
}

func TestContextGoesOn(t *testing.T) {
	peer.Run(t, "R13: a call that is through leaves nothing behind, though its ctx goes on", func(b *peer.Bench) {
		host := b.Listen()
		reply := exchange(context.Background(), b, host.Addr(), "ping\n", roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("the request arrives", "ping\n")
		server.Send("pong\n")
		server.CloseWrite()
		_, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is no error", err)
	}, peer.Loopback)
}

func TestRequestUnsent(t *testing.T) {
	peer.Run(t, "R14: a reply that ends before the whole request went out is no success", func(b *peer.Bench) {
		host := b.Listen()
		host.StopReading()
		reply := exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.SendPieces("bus", "y\n") // once a piece is read, the dial is over
		server.CloseWrite()
		server.Reset() // whoever waits for the request to go out does so no longer
		_, err := reply.Result("Exchange returns when the conn is reset")
		b.Error("the server got a part of the request", err)
	}, peer.Loopback)
}

func TestDeadline(t *testing.T) {
	peer.Run(t, "R15: a deadline that passes ends the call with the error of ctx, whoever sees it first", func(b *peer.Bench) {
		ctx, cancel := lateDeadline(20*time.Millisecond, 300*time.Millisecond)
		defer cancel()
		host := b.Listen() // which never answers
		reply := exchange(ctx, b, host.Addr(), "hello?\n", roomy)
		_, err := reply.Result("Exchange returns when the deadline has passed")
		b.ErrorIs("the deadline is that of ctx", err, context.DeadlineExceeded)
	}, peer.Loopback)
}
