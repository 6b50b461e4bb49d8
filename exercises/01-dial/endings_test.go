package dial_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

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

		ctx, cancel = context.WithTimeout(b.Context(), time.Hour)
		reply = exchange(ctx, b, host.Addr(), "book?\n", roomy)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "book?\n")
		b.Note("ctx is canceled")
		cancel()
		_, err = reply.Result("Exchange returns when ctx is canceled, long before its deadline")
		b.ErrorIs("ctx ended the call, so its error is returned", err, context.Canceled)

		full, end := fullBacklog(b)
		defer end()
		if full == "" {
			return
		}
		ctx, cancel = context.WithCancel(b.Context())
		reply = exchange(ctx, b, full, "book?\n", roomy)
		b.Until("Exchange waits for its dial", b.AtRest)
		otherCall(b, "Exchange dials while another call waits for its dial")
		b.Note("ctx is canceled")
		cancel()
		_, err = reply.Result("Exchange returns when ctx is canceled, even while it dials")
		b.ErrorIs("ctx ended the call, so its error is returned", err, context.Canceled)
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

		ctx, cancelCause := context.WithCancelCause(b.Context())
		reply = exchange(ctx, b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server = host.Accept("Exchange dials once for each request")
		server.SendPieces("bus", "y\n")
		server.CloseWrite()
		b.Until("Exchange reads to the end of the reply", func() bool { return endedReading(b) })
		ended := b.Elapsed()
		b.Until("the server reads nothing for a while", func() bool { return b.Elapsed()-ended > 300*time.Millisecond })
		reply.ExpectPending("after the whole reply, Exchange waits until the request is sent")
		otherCall(b, "Exchange sends while the request of another call is blocked")
		b.Note("ctx is canceled")
		cancelCause(errShutdown)
		got, err := reply.Result("Exchange returns when ctx is canceled, even after the whole reply")
		if !errors.Is(err, errShutdown) {
			b.ErrorIs("ctx ended the call, so its error or its cause is returned", err, context.Canceled)
		}
		b.Equal("Exchange returns the reply although the request failed", "bus", first(3, string(got)))
	}, peer.Loopback)
}

func TestOverAlready_R12(t *testing.T) {
	peer.Run(t, "R12: a call whose context is already done returns the context's error", func(b *peer.Bench) {
		ctx, cancel := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer cancel()
		reply := exchange(ctx, b, closedPort(b), "hello?\n", roomy) // refused if it dials, which is another error
		_, err := reply.Result("Exchange returns at once without a dial")
		b.ErrorIs("the deadline of ctx passed before the call", err, context.DeadlineExceeded)
		ctx, cancel = context.WithCancel(b.Context())
		cancel()
		reply = exchange(ctx, b, closedPort(b), "hello?\n", roomy)
		_, err = reply.Result("Exchange returns at once without a dial")
		b.ErrorIs("ctx was canceled before the call", err, context.Canceled)
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

		reply = exchange(ctx, b, host.Addr(), "ping\n", roomy)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "ping\n")
		server.Reset()
		reply.Result("Exchange returns when the conn is reset")
		ctx.ExpectReleased("Exchange leaves nothing registered on ctx after an error")
		reply = exchange(ctx, b, closedPort(b), "ping\n", roomy)
		reply.Result("Exchange returns when the dial is refused")
		ctx.ExpectReleased("Exchange leaves nothing registered on ctx after a refused dial")
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
		got, err := reply.Result("Exchange returns when the conn is reset")
		b.Error("the server received only part of the request", err)
		b.Equal("Exchange returns the reply although the request failed", "bus", first(3, string(got)))

		reply = exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), roomy)
		server = host.Accept("Exchange dials once for each request")
		server.Take(8)
		server.Expect("Exchange begins to send the request", first(8, peer.Numbered(peer.PlentyDialed)))
		server.Reset()
		_, err = reply.Result("Exchange returns when the conn is reset, and does not dial again")
		b.Error("the server received only part of the request", err)
	}, peer.Loopback)
}

func TestDeadline_R15(t *testing.T) {
	peer.Run(t, "R15: an expired deadline returns context.DeadlineExceeded, even if the conn times out first", func(b *peer.Bench) {
		ctx, cancel := lateDeadline(20*time.Millisecond, 300*time.Millisecond)
		ctx = hidden{ctx}
		defer cancel()
		host := b.Listen() // never answers
		reply := exchange(ctx, b, host.Addr(), "hello?\n", roomy)
		_, err := reply.Result("Exchange returns when the deadline of ctx passes")
		b.ErrorIs("the caller set the deadline on ctx, not on the conn", err, context.DeadlineExceeded)

		ctx, expire := context.WithCancel(b.Context())
		message := peer.Numbered(peer.PlentyDialed) // once it is sent, the client has read some of it
		host = b.Listen()
		reply = exchange(expiring{ctx}, b, host.Addr(), "hello?\n", roomy)
		host.Accept("Exchange dials the address it was given").Send(message)
		b.Note("the deadline of ctx passes")
		expire()
		got, err := reply.Result("Exchange returns when the deadline of ctx passes in mid-reply")
		b.ErrorIs("the deadline of ctx ended the call", err, context.DeadlineExceeded)
		b.Equal("Exchange returns the bytes so far", first(1024, message), first(1024, string(got)))

		full, end := fullBacklog(b)
		defer end()
		if full == "" {
			return
		}
		ctx, cancel = lateDeadline(200*time.Millisecond, 500*time.Millisecond)
		defer cancel()
		reply = exchange(ctx, b, full, "hello?\n", roomy)
		_, err = reply.Result("Exchange returns when the deadline of ctx passes while it dials")
		b.ErrorIs("the dial timed out because the deadline of ctx passed", err, context.DeadlineExceeded)
	}, peer.Loopback)
}

func TestNoDelay_R16(t *testing.T) {
	peer.Run(t, "R16: Exchange returns as soon as request and reply are complete", func(b *peer.Bench) {
		b.Inside("it measures the time of the process that calls Exchange")
		host := b.Listen()
		reply := peer.Start(b, "Exchange", func() (took time.Duration, err error) {
			synctest.Test(t, func(*testing.T) { // in its bubble no time passes while a goroutine waits for the network
				began := time.Now()
				_, err = dial.Exchange(context.Background(), host.Addr(), []byte("ping\n"), roomy)
				took = time.Since(began)
			})
			return took, err
		})
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "ping\n")
		server.Send("pong\n")
		server.CloseWrite()
		took, err := reply.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.AtMost("Exchange returns without a delay when the reply has ended", took, 100*time.Millisecond)
	}, peer.Loopback)
}
