package memnet_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"socketkata/harness/memnet"
)

const spinLimit = 100

// A spinner is a busy loop of a kind that people write by mistake.
var spinners = []struct {
	name    string
	prepare func(client, server *memnet.Conn)
	round   func(server *memnet.Conn)
	err     error // of the last Read
}{
	{
		"ignores EOF",
		func(client, _ *memnet.Conn) { client.Close() },
		func(server *memnet.Conn) { server.Read(make([]byte, 1)) },
		io.EOF,
	}, {
		"ignores EOF and sets a deadline each time",
		func(client, _ *memnet.Conn) { client.Close() },
		func(server *memnet.Conn) {
			server.SetReadDeadline(time.Now().Add(time.Minute))
			server.Read(make([]byte, 1))
		},
		io.EOF,
	}, {
		"takes a passed deadline for a pause",
		func(_, server *memnet.Conn) { server.SetReadDeadline(past) },
		func(server *memnet.Conn) { server.Read(make([]byte, 1)) },
		os.ErrDeadlineExceeded,
	}, {
		"ignores that the conn is closed",
		func(_, server *memnet.Conn) { server.Close() },
		func(server *memnet.Conn) { server.Read(make([]byte, 1)) },
		net.ErrClosed,
	}, {
		"ignores an RST",
		func(client, _ *memnet.Conn) { client.Reset() },
		func(server *memnet.Conn) { server.Read(make([]byte, 1)) },
		io.EOF, // after the first, which took the error of the RST
	}, {
		"reads into a full buffer",
		func(client, _ *memnet.Conn) { client.Write([]byte("x")) },
		func(server *memnet.Conn) { server.Read(nil) },
		nil,
	},
}

func TestSpinningReaderIsEnded(t *testing.T) {
	for _, spinner := range spinners {
		t.Run(spinner.name, func(t *testing.T) {
			client, server := memnet.Pair()
			defer client.Close()
			spinner.prepare(client, server)
			var reports []int
			server.OnSpin(spinLimit, func(calls int, err error) {
				reports = append(reports, calls)
				if !errors.Is(err, spinner.err) {
					t.Errorf("reports the error %v, want %v", err, spinner.err)
				}
			})
			cleaned := false
			<-inBackground(func() {
				defer func() { cleaned = true }()
				for {
					spinner.round(server)
				}
			})
			if len(reports) != 1 || reports[0] != spinLimit {
				t.Errorf("reports %v, want one of %d calls", reports, spinLimit)
			}
			if !cleaned {
				t.Error("deferred calls of the reader did not run")
			}
			<-inBackground(func() {
				for {
					spinner.round(server) // a second goroutine ends too, without a report
				}
			})
			if len(reports) != 1 {
				t.Errorf("reports %v, want no second one", reports)
			}
		})
	}
}

func TestReaderThatWaitsDoesNotSpin(t *testing.T) {
	client, server := memnet.Pair()
	defer client.Close()
	defer server.Close()
	server.OnSpin(2, func(calls int, _ error) { t.Errorf("%d reads count as spinning", calls) })
	for range 5 {
		server.SetReadDeadline(time.Now().Add(time.Millisecond))
		server.Read(make([]byte, 1)) // the deadline may have passed already: one
		client.Write([]byte("x"))
		server.SetReadDeadline(time.Time{})
		server.Read(make([]byte, 1)) // and this ends the row
	}
}

func TestByteEndsTheRowOfEmptyReads(t *testing.T) {
	client, server := memnet.Pair()
	server.OnSpin(2, func(calls int, _ error) { t.Errorf("%d reads count as spinning", calls) })
	for range 5 {
		client.Write([]byte("x"))
		server.Read(nil)
		server.Read(make([]byte, 1))
	}
}

func TestOnSpinCanBeTakenAway(t *testing.T) {
	client, server := memnet.Pair()
	server.OnSpin(1, func(int, error) { t.Error("spin reported") })
	server.OnSpin(0, nil)
	client.Close()
	for range 10 {
		server.Read(make([]byte, 1))
	}
}

func TestSpinningAcceptLoopIsEnded(t *testing.T) {
	l := memnet.Listen()
	l.Close()
	var reports []int
	l.OnSpin(spinLimit, func(calls int, _ error) { reports = append(reports, calls) })
	<-inBackground(func() {
		for {
			l.Accept()
		}
	})
	if len(reports) != 1 || reports[0] != spinLimit {
		t.Errorf("reports %v, want one of %d calls", reports, spinLimit)
	}
}
