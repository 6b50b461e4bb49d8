package dial_test

import (
	"fmt"
	"math"
	"net"
	"testing"

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
		requests := []byte("name?\nbook?\n") // the bytes behind the first are those of the second
		host := b.Listen()
		short := exchangeBytes(b.Context(), b, host.Addr(), requests[:len("name?\n")], roomy)
		server := host.Accept("Exchange dials the address it was given")
		server.Expect("Exchange sends the request", "name?\n")
		server.Send("kata ")
		server.Send("server\r\n\x00")
		server.CloseWrite()
		name, err := short.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.Equal("Exchange returns both pieces unchanged", "kata server\r\n\x00", name)

		message := peer.Numbered(peer.Plenty) // more than one Read can return
		long := exchangeBytes(b.Context(), b, host.Addr(), requests[len("name?\n"):], roomy)
		library := host.Accept("Exchange dials once for each request")
		library.Expect("the first call did not change the bytes behind its request", "book?\n")
		other := exchange(b.Context(), b, host.Addr(), "last?\n", roomy)
		shelf := host.Accept("Exchange dials while another call waits for its reply")
		shelf.Expect("Exchange sends the third request", "last?\n")
		library.SendAsync(message)
		shelf.Send(message[8:])
		shelf.CloseWrite()
		library.CloseWrite()
		got, err := long.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.Equal("Exchange returns all the pieces in order", message, got)
		b.Equal("Exchange does not change its request", "name?\nbook?\n", requests)
		got, err = other.Result("Exchange returns when the server ends the reply")
		b.NoError("the end of the reply is not an error", err)
		b.Equal("Exchange returns the pieces of its own reply", message[8:], got)

		texts, replies := []string{"kata server\r\n\x00"}, [][]byte{name}
		for i := range 40 { // of several buffers for all calls, one comes back by then
			text := fmt.Sprintf("book %2d of 40\r\n", i+1)
			again := exchange(b.Context(), b, host.Addr(), "next?\n", 1<<20)
			server = host.Accept("Exchange dials once for each request")
			server.Send(text)
			server.CloseWrite()
			got, _ = again.Result("Exchange returns when the server ends the reply")
			texts, replies = append(texts, text), append(replies, got)
		}
		for i, text := range texts {
			b.Equal("a later call does not change an earlier reply", text, replies[i])
		}
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
		server = host.Accept("Exchange dials even for an empty request")
		server.ExpectEOF("Exchange half-closes the conn after an empty request")
		server.Send("hello")
		server.CloseWrite()
		got, err = reply.Result("Exchange returns when the server ends the reply")
		b.NoError("an empty request is not an error", err)
		b.Equal("Exchange returns the answer", "hello", got)

		ln, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			return // this machine has no IPv6
		}
		defer ln.Close()
		go answer(ln, "5")
		reply = exchange(b.Context(), b, ln.Addr().String(), "2 + 3", roomy)
		got, err = reply.Result("Exchange returns when the server ends the reply")
		b.NoError("addr may be an IPv6 address", err)
		b.Equal("Exchange returns the answer", "5", got)
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

		reply = exchange(b.Context(), b, host.Addr(), "book?\n", roomy)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "book?\n")
		server.ExpectEOF("Exchange half-closes the conn after the request")
		server.Reset()
		_, err = reply.Result("Exchange returns when the conn is reset, and does not dial again")
		b.ErrorIs("a reset before the reply is also an error", err, errReset)
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

		reply = exchange(b.Context(), b, host.Addr(), "word?\n", 0)
		server = host.Accept("Exchange dials once for each request")
		server.Expect("Exchange sends the request", "word?\n")
		server.Send("h")
		server.CloseWrite()
		got, err = reply.Result("Exchange returns when the reply is beyond limit")
		b.ErrorIs("1 byte exceeds a limit of 0", err, dial.ErrTooLarge)
		b.Equal("Exchange returns no byte if limit is 0", "", got)

		var replies [][]byte
		for i := range 40 { // of several buffers for all calls, one comes back by then
			reply = exchange(b.Context(), b, host.Addr(), "next?\n", len("book 99"))
			host.Accept("Exchange dials once for each request").Send(fmt.Sprintf("book %2d of 40", i+1))
			got, _ = reply.Result("Exchange returns when the reply is beyond limit")
			replies = append(replies, got)
		}
		for i, reply := range replies {
			b.Equal("a later call does not change what an earlier one returned with its error", fmt.Sprintf("book %2d", i+1), reply)
		}

		host.StopReading()
		reply = exchange(b.Context(), b, host.Addr(), peer.Numbered(peer.PlentyDialed), len("hello"))
		server = host.Accept("Exchange dials once for each request")
		server.Send("hello, and so on")
		_, err = reply.Result("Exchange gives up the request when the reply is beyond limit")
		b.ErrorIs("16 bytes exceed a limit of 5", err, dial.ErrTooLarge)
	}, peer.Loopback)
}
