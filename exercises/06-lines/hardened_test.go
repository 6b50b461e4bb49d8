package lines_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	lines "socketkata/exercises/06-lines"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestTooLongAtOnce_R7(t *testing.T) {
	peer.Run(t, "R7: ReadLine refuses a long line at once and never returns its rest", func(b *peer.Bench) {
		client, conn := b.Pair()
		in := reader(conn, 20)
		client.Send("07:15 the old harbour ") // 22 bytes
		_, err := readLine(b, in).Result("22 bytes are too long with max 20, whatever follows")
		b.ErrorIs("22 bytes are too long with max 20", err, lines.ErrLineTooLong)
		client.Send("bridge\n07:25\n")
		_, err = readLine(b, in).Result("ReadLine returns even after an error")
		b.ErrorIs("the rest of a long line is not a line", err, lines.ErrLineTooLong)

		for _, max := range []int{0, 1, 3} {
			client, conn := b.Pair()
			client.Send("07:15"[:max+2])
			reason := fmt.Sprintf("%d bytes are too long with max %d", max+2, max)
			_, err := readLine(b, reader(conn, max)).Result(reason + ", whatever follows")
			b.ErrorIs(reason, err, lines.ErrLineTooLong)
		}
	})
}

func TestRefusal_R8(t *testing.T) {
	peer.Run(t, "R8: a client whose line is too long gets Refusal, then FIN", func(b *peer.Bench) {
		client := b.Dial(server(b))
		client.Send("07:15 harbour\n" + strings.Repeat("x", maxLine+2))
		client.Expect("Serve answers the line before", "07:15 HARBOUR\n")
		client.Expect("Serve says why it closes", lines.Refusal)
		client.ExpectEOF("Serve sends FIN first, for a client that waits for it")
	})
}

func TestRefusalArrives_R9(t *testing.T) {
	peer.Run(t, "R9: a client that is still sending gets Refusal and no RST", func(b *peer.Bench) {
		client, conn := b.Pair(fault.FailClose(errNetwork))
		served := serve(b, conn)
		client.Send(strings.Repeat("07:15 harbour ", 1<<20/14)) // more than fits into buffers
		client.Send("\n07:25 airport\n")
		client.Expect("Serve refuses the line once", lines.Refusal)
		client.ExpectEOF("Serve sends FIN after Refusal")
		client.Send("07:40 old town\n")
		served.ExpectPending("Serve reads on: closing the conn would send RST to a client that sends")
		client.Close()
		_, err := served.Result("Serve returns when the client has closed as well")
		b.ErrorIs("the line was too long, whatever CloseWrite and Close of the conn return", err, lines.ErrLineTooLong)

		client, conn = b.Pair(withoutCloseWrite)
		served = serve(b, conn)
		client.Send(strings.Repeat("x", maxLine+2))
		client.Expect("Serve refuses the line", lines.Refusal)
		client.Send("07:25 airport\n")
		served.ExpectPending("this conn has no CloseWrite, and Serve reads on as well")
		client.Close()
		_, err = served.Result("Serve returns when the client has closed")
		b.ErrorIs("the line was too long", err, lines.ErrLineTooLong)
	}, peer.Virtual, peer.Loopback)
}

func TestEndlessLine_R10(t *testing.T) {
	peer.Run(t, "R10: Serve reads on for idle after Refusal, and no longer", func(b *peer.Bench) {
		client, conn := b.Pair()
		served := serve(b, conn)
		b.Advance(8 * time.Second)
		client.Send(strings.Repeat("x", maxLine+2))
		client.Expect("Serve refuses the line", lines.Refusal)
		for range 15 {
			b.Advance(time.Second)
			client.Send("x")
		}
		took, err := served.Result("Serve stops reading from a client that does not end")
		b.ErrorIs("the line was too long", err, lines.ErrLineTooLong)
		b.AtLeast("Serve reads on until 18s: Refusal went out at 8s, and idle is 10s", took, at(18*time.Second))
		b.AtMost("Serve returns at 18s: Refusal went out at 8s, and idle is 10s", took, at(18*time.Second))
	}, peer.Virtual)
}

func TestIdle_R11(t *testing.T) {
	peer.Run(t, "R11: each line has the time idle, counted from the previous answer", func(b *peer.Bench) {
		client, conn := b.Pair()
		served := serve(b, conn)
		for range 3 {
			b.Advance(9 * time.Second)
			client.Send("07:15 harbour\n")
			client.Expect("the line came within idle", "07:15 HARBOUR\n")
		}
		took, err := served.Result("Serve returns when the client is silent for idle")
		b.ErrorIs("the client was silent for too long", err, os.ErrDeadlineExceeded)
		b.Equal("Serve returns at 37s: the last answer went out at 27s, and idle is 10s", at(37*time.Second), took)
		client.ExpectEOF("Serve closes the conn of a silent client")

		_, conn = b.Pair()
		took, err = serve(b, conn).Result("Serve returns although the client never sends anything")
		b.ErrorIs("the client was silent for too long", err, os.ErrDeadlineExceeded)
		b.Equal("Serve returns at 10s: the time of the first line begins with the call", at(idle), took)

		client, conn = b.Pair()
		served = serve(b, conn)
		client.Send("0")
		for range 3 {
			b.Advance(9 * time.Second)
			client.Send("7:15 harbour\n0")
			client.Expect("the line came within idle, and a part of the next together with it", "07:15 HARBOUR\n")
		}
		client.Send("7:25\n")
		client.Expect("the client is not silent", "07:25\n")
		served.ExpectPending("the client may send more")

		client, conn = b.Pair(func(c net.Conn) net.Conn { return slowAnswers{c} })
		serve(b, conn)
		client.Send(strings.Repeat("07:15\n", 6))
		client.Expect("six answers take 12s, and each has idle from the one before", strings.Repeat("07:15\n", 6))
	}, peer.Virtual)
}

func TestTrickle_R12(t *testing.T) {
	peer.Run(t, "R12: bytes that trickle in do not extend the time of a line", func(b *peer.Bench) {
		client, conn := b.Pair()
		served := serve(b, conn)
		b.Advance(5 * time.Second)
		client.Send("07:15 harbour\n0")
		client.Expect("the first line came within idle", "07:15 HARBOUR\n")
		for range 5 {
			b.Advance(3 * time.Second)
			client.Send("7")
		}
		took, err := served.Result("Serve returns although the client keeps sending")
		client.ExpectEOF("Serve closes the conn of a slow client")
		b.ErrorIs("the line is not complete after idle", err, os.ErrDeadlineExceeded)
		b.Equal("Serve returns at 15s: the last answer went out at 5s, and idle is 10s", at(15*time.Second), took)
	}, peer.Virtual)
}

func TestNeverReads_R13(t *testing.T) {
	peer.Run(t, "R13: a client that never reads its answers is dropped after idle", func(b *peer.Bench) {
		client, conn := b.Pair()
		served := serve(b, conn)
		client.StopReading()
		client.SendAsync(strings.Repeat("07:15 harbour\n", peer.Plenty/14))
		client.ExpectStall("Serve stops reading while its Write is blocked", 1<<20)
		took, err := served.Result("Serve returns although the client reads nothing")
		b.ErrorIs("Serve gave up the Write after idle", err, os.ErrDeadlineExceeded)
		b.Equal("Serve returns at 10s: no answer was taken after 0s, and idle is 10s", at(idle), took)

		client, conn = b.Pair()
		client.StopReading()
		served = serve(b, conn)
		client.Send(strings.Repeat("7\n", 32<<10-5)) // the answers leave room for 10 bytes
		b.Settle()
		client.Send(strings.Repeat("x", maxLine+2))
		took, _ = served.Result("Serve returns although the client does not take Refusal")
		b.AtMost("Serve gives up Refusal after idle, and may read on for idle", took, at(2*idle))

		client, conn = b.Pair()
		client.StopReading()
		io.WriteString(conn, strings.Repeat("7\n", 32<<10-5)) // a greeting, say, which leaves room for 10 bytes
		served = serve(b, conn)
		client.Send(strings.Repeat("x", maxLine+2))
		took, _ = served.Result("Serve returns although the client does not take Refusal of its first line")
		b.AtMost("Serve gives up Refusal after idle, and may read on for idle", took, at(2*idle))
	}, peer.Virtual)
}

func TestOffset_R14(t *testing.T) {
	peer.Run(t, "R14: an error about a line names the byte of the stream", func(b *peer.Bench) {
		for _, end := range []string{"\n", ""} { // whether the line is complete or not
			client, conn := b.Pair()
			in := reader(conn, 20)
			client.Send("07:15\r\n07:25 the old town hall" + end)
			expectLine(b, "the line is complete", in, "07:15")
			_, err := readLine(b, in).Result("ReadLine returns")
			b.ErrorIs("the line has 23 bytes, and max is 20", err, lines.ErrLineTooLong)
			b.NamesNumber("the error names byte 27, the first that exceeds max", err, 27)
		}

		client, conn := b.Pair()
		in := reader(conn, 20)
		client.Send("07:15\r\n07:25\n07:40 old to")
		client.CloseWrite()
		expectLine(b, "the line is complete", in, "07:15")
		expectLine(b, "the line is complete", in, "07:25")
		_, err := readLine(b, in).Result("ReadLine returns when the stream ends")
		b.ErrorIs("the stream ends within a line", err, io.ErrUnexpectedEOF)
		b.NamesNumber("the error names byte 25, at which the stream ends", err, 25)
	})
}

var errNetwork = errors.New("the network is down")

func TestErrorStays_R15(t *testing.T) {
	peer.Run(t, "R15: after an error of the stream, ReadLine returns only that error", func(b *peer.Bench) {
		client, conn := b.Pair()
		in := reader(conn, 20)
		client.Send("07:15\n07:25 har")
		expectLine(b, "the line is complete", in, "07:15")
		call := readLine(b, in)
		call.ExpectPending("half a line is no line")
		conn.SetReadDeadline(time.Now())
		_, err := call.Result("the deadline of the conn is over")
		b.ErrorIs("ReadLine returns the error of the stream", err, os.ErrDeadlineExceeded)

		conn.SetReadDeadline(time.Time{})
		client.Send("bour\n07:40\n")
		for range 2 {
			_, err = readLine(b, in).Result("ReadLine returns even after an error")
			b.ErrorIs("an error stays, even if more bytes arrive", err, os.ErrDeadlineExceeded)
		}

		client, conn = b.Pair(fault.FailRead(15, errNetwork))
		in = reader(fault.LastWithError(conn), 20)
		client.Send("07:15\n07:25 har")
		b.Note("the Read of the last byte fails, too: " + errNetwork.Error())
		expectLine(b, "bytes that come together with an error are read", in, "07:15")
		for range 2 {
			_, err = readLine(b, in).Result("ReadLine returns when a Read has failed")
			b.ErrorIs("the error follows after the last line", err, errNetwork)
		}

		client, conn = b.Pair()
		in = reader(conn, 20)
		client.Send("07:15\n07:25 har")
		client.CloseWrite()
		expectLine(b, "the line is complete", in, "07:15")
		for range 2 {
			_, err = readLine(b, in).Result("ReadLine returns when the stream ends")
			b.ErrorIs("the stream ended within a line, and stays ended", err, io.ErrUnexpectedEOF)
		}

		resumed := reader(&interrupted{"07:15\n", "", "07:25\n"}, 20)
		expectLine(b, "the line is complete", resumed, "07:15")
		for range 2 {
			_, err = readLine(b, resumed).Result("ReadLine returns when the stream ends")
			b.ErrorIs("the stream goes on after its end, but io.EOF stays", err, io.EOF)
		}

		client, conn = b.Pair(fault.FailRead(14, syscall.ECONNRESET))
		served := serve(b, conn)
		client.Send("07:15 harbour\n")
		client.Expect("Serve answers the line", "07:15 HARBOUR\n")
		_, err = served.Result("Serve returns when a Read has failed")
		b.ErrorIs("a client that resets its conn has not ended its stream", err, syscall.ECONNRESET)
	})
}

func TestAtOnce_R16(t *testing.T) {
	peer.Run(t, "R16: Serve calls that run at once keep their clients' lines apart", func(b *peer.Bench) {
		for range 4 { // as a sync.Pool may keep what one call has left for itself
			for _, last := range []string{strings.Repeat("x", maxLine+2), "07:15 har", "07:15\n"} {
				gone, conn := b.Pair()
				served := serve(b, conn)
				gone.Send(last)
				gone.CloseWrite()
				served.Result("Serve returns when the stream ends")
			}
		}
		hold := fault.NewHold()
		defer hold.Release()
		slow, conn := b.Pair(hold.Conn)
		serve(b, conn)
		quick, conn := b.Pair()
		serve(b, conn)
		slow.Send("07:15 harbour\n07:25 airport\n")
		b.Until("Serve answers a line as soon as it is complete", hold.Holds)
		quick.Send("9:40 to depot\n9:55 to river\n")
		quick.Expect("a client gets its answers while another call waits in Write", "9:40 TO DEPOT\n9:55 TO RIVER\n")
		hold.Release()
		slow.Expect("each client gets the answers to its own lines", "07:15 HARBOUR\n07:25 AIRPORT\n")
		slow.SendAsync(strings.Repeat("07:40 harbour\n", 1000))
		quick.SendAsync(strings.Repeat("9:59 to depot\n", 1000))
		slow.Expect("each client gets the answers to its own lines", strings.Repeat("07:40 HARBOUR\n", 1000))
		quick.Expect("each client gets the answers to its own lines", strings.Repeat("9:59 TO DEPOT\n", 1000))
	})
}
