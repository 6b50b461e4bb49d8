package lines_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	lines "socketkata/exercises/06-lines"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestOneLine_R1(t *testing.T) {
	peer.Run(t, "R1: Serve answers each line while the client waits for it", func(b *peer.Bench) {
		client := b.Dial(server(b))
		client.Send("07:15 harbour\n")
		client.Expect("Serve answers a line as soon as it is complete", "07:15 HARBOUR\n")
		client.Send("07:25 Airport, stops on request\n")
		client.Expect("Serve answers the second line on the same conn", "07:25 AIRPORT, STOPS ON REQUEST\n")
		client.CloseWrite()
		client.ExpectEOF("Serve closes the conn when the client has sent everything")
	})
}

func TestManyLines_R2(t *testing.T) {
	peer.Run(t, "R2: lines that arrive together are all answered, in order", func(b *peer.Bench) {
		client := b.Dial(server(b))
		client.Send("07:15 harbour\n07:25 airport\n07:40 old town\n07:55 harbour\n")
		client.Expect("Serve answers all four lines", "07:15 HARBOUR\n07:25 AIRPORT\n07:40 OLD TOWN\n07:55 HARBOUR\n")
		client.Send(strings.Repeat("08:00 depot\n", 1000))
		client.Expect("Serve answers a thousand lines", strings.Repeat("08:00 DEPOT\n", 1000))
		client.CloseWrite()
		client.ExpectEOF("Serve sends one answer for each line")
	})
}

func TestPieces_R3(t *testing.T) {
	peer.Run(t, "R3: a line that arrives in pieces is one line", func(b *peer.Bench) {
		board := server(b)
		caller := b.Dial(board)
		caller.SendPieces("07:1", "5 har", "bour\n07:25 air")
		caller.Expect("Serve answers a line although a part of the next has arrived", "07:15 HARBOUR\n")
		caller.SendPieces("port", "\n")
		caller.Expect("Serve answers the next line when its end has arrived", "07:25 AIRPORT\n")
		caller.Close()

		client, conn := b.Pair(fault.EmptyReads)
		in := reader(conn, maxLine)
		client.Send("07:15 harbour\n07:25\n")
		expectLine(b, "a Read may return 0 bytes and no error: the stream goes on", in, "07:15 harbour")
		expectLine(b, "a Read may return 0 bytes and no error: the stream goes on", in, "07:25")

		b.SweepInTurn("the answers do not depend on where the lines are split", board,
			"07:15 harbour \u2602\n07:25\n", "07:15 HARBOUR \u2602\n07:25\n")
	})
}

func TestLineEndings_R4(t *testing.T) {
	peer.Run(t, `R4: "\n" or "\r\n" ends a line; all other bytes belong to it`, func(b *peer.Bench) {
		client := b.Dial(server(b))
		for _, row := range []struct{ reason, line, answer string }{
			{`"\n" ends a line`, "harbour\n", "HARBOUR\n"},
			{`"\r\n" ends a line, as telnet sends it`, "harbour\r\n", "HARBOUR\n"},
			{"an empty line is a line", "\n\r\n", "\n\n"},
			{`"\r" alone does not end a line`, "old\rtown\n", "OLD\rTOWN\n"},
			{"blanks belong to the line", " \t07:15  harbour \n", " \t07:15  HARBOUR \n"},
			{`only one "\r" belongs to the line ending`, "harbour\r\r\n", "HARBOUR\r\n"},
			{"only a to z have capitals", "caf\u00e9 `az{\n", "CAF\u00e9 `AZ{\n"},
			{"bytes that are not UTF-8 belong to the line", "caf\xe9\n", "CAF\xe9\n"},
			{"control bytes belong to the line, such as those of telnet", "\x00\xff\xfb\x01z\n", "\x00\xff\xfb\x01Z\n"},
		} {
			client.Send(row.line)
			client.Expect(row.reason, row.answer)
		}
		client.SendPieces("old town\r", "\n")
		client.Expect(`"\r\n" ends a line, even if it arrives in two pieces`, "OLD TOWN\n")
		client.CloseWrite()
		client.ExpectEOF("Serve sends one answer for each line")
	})
}

func TestUnfinishedLine_R5(t *testing.T) {
	peer.Run(t, "R5: a last line without newline is io.ErrUnexpectedEOF and is not answered", func(b *peer.Bench) {
		client, conn := b.Pair()
		in := reader(conn, maxLine)
		client.Send("07:15 harbour\n")
		client.CloseWrite()
		expectLine(b, "the line is complete", in, "07:15 harbour")
		_, err := readLine(b, in).Result("ReadLine returns when the stream ends")
		b.ErrorIs("the stream ends after a line ending", err, io.EOF)

		client, conn = b.Pair(fault.DataWithEOF)
		in = reader(conn, maxLine)
		client.Send("07:15 harbour\n07:25 air\r")
		client.CloseWrite()
		expectLine(b, "bytes that arrive together with EOF are read", in, "07:15 harbour")
		rest, err := readLine(b, in).Result("ReadLine returns when the stream ends")
		b.ErrorIs("the stream ends within a line", err, io.ErrUnexpectedEOF)
		b.Equal("ReadLine returns the bytes so far: no line ending is among them", "07:25 air\r", rest)

		for _, part := range []string{"0", "\r"} {
			client, conn = b.Pair()
			served := serve(b, conn)
			client.Send("07:15 harbour\n" + part)
			client.CloseWrite()
			client.Expect("Serve answers the line that is complete", "07:15 HARBOUR\n")
			client.ExpectEOF("Serve does not answer part of a line, be it a single byte")
			_, err = served.Result("Serve returns when the stream ends")
			b.ErrorIs(fmt.Sprintf("the stream ends within a line: %q is not its end", part), err, io.ErrUnexpectedEOF)
		}

		client, conn = b.Pair(fault.FailClose(errNetwork))
		served := serve(b, conn)
		client.Send("07:15 harbour\n07:40 old town\n")
		client.CloseWrite()
		client.Expect("Serve answers the lines of this client: no earlier one has a part in them", "07:15 HARBOUR\n07:40 OLD TOWN\n")
		_, err = served.Result("Serve returns when the stream ends")
		b.NoError("the stream ends after a line ending, and Close of the conn returns an error", err)
		b.Equal("what a LineReader returned has no bytes of later streams", "07:25 air\r", rest)
	})
}

func TestLimit_R6(t *testing.T) {
	peer.Run(t, "R6: a line of max bytes is read; a longer one is ErrLineTooLong", func(b *peer.Bench) {
		client, conn := b.Pair()
		in := reader(conn, 20)
		client.Send("07:15 harbour bridge\n07:25 harbour bridge\r\n07:40\n07:55 the old town hall\n08:00\n")
		expectLine(b, "the line has 20 bytes", in, "07:15 harbour bridge")
		expectLine(b, "the line has 20 bytes without its line ending", in, "07:25 harbour bridge")
		expectLine(b, "max limits each line, not the stream", in, "07:40")
		_, err := readLine(b, in).Result("ReadLine returns")
		b.ErrorIs("the line has 23 bytes, and max is 20", err, lines.ErrLineTooLong)

		client, conn = b.Pair()
		in = reader(conn, 20)
		client.Send("07:15 harbour bridges\n")
		_, err = readLine(b, in).Result("ReadLine returns")
		b.ErrorIs("the line has 21 bytes, and max is 20", err, lines.ErrLineTooLong)

		client, conn = b.Pair(fault.OneByteReads)
		in = reader(conn, 20)
		client.Send("07:15 harbour bridge\n07:25 harbour bridge\r\n")
		expectLine(b, "the line has 20 bytes, which arrive one by one", in, "07:15 harbour bridge")
		expectLine(b, `the line has 20 bytes, and a Read may end between "\r" and "\n"`, in, "07:25 harbour bridge")

		client, conn = b.Pair()
		in = reader(conn, 100_000)
		long := strings.Repeat("07:15 depot ", 100_000/12)
		client.SendAsync(long + "\n" + long + "\r\n")
		expectLine(b, "the line has fewer than 100000 bytes", in, long)
		expectLine(b, "the line has fewer than 100000 bytes", in, long)

		client, conn = b.Pair()
		in = reader(conn, 20)
		client.Send("07:15 harbour bridges\n07:25\n")
		for range 2 {
			_, err = readLine(b, in).Result("ReadLine returns even after an error")
			b.ErrorIs("after a line that is too long, no line is returned", err, lines.ErrLineTooLong)
		}
	})
}
