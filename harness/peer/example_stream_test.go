package peer_test

import (
	"io"
	"net"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

// echo serves one client.
func echo(ln net.Listener) error {
	c, err := ln.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.Copy(c, c)
	return err
}

// A test plays a client of the learner's server.
func ExampleRun() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R3: the echo still arrives after the client half-closed", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo))
		client.Send("ping\n")
		client.CloseWrite()
		client.Expect("every byte sent before the FIN comes back", "ping\n")
		client.ExpectEOF("the server closes after the last byte")
	})
}

// A test plays the server of the learner's client, which runs in the
// background.
func ExampleStart() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R1: the request arrives", func(b *peer.Bench) {
		host := b.Listen()
		call := peer.Start(b, "Fetch", func() (string, error) { return fetch(host.Addr()) })
		server := host.Accept("the client connects")
		server.ExpectLine("the request is one line", "GET")
		server.Send("hello")
		server.Close()
		got, err := call.Result("Fetch returns at EOF")
		b.NoError("EOF ends the reply", err)
		b.Equal("the whole reply is returned", "hello", got)
	})
}

func fetch(addr string) (string, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET\n"); err != nil {
		return "", err
	}
	reply, err := io.ReadAll(c)
	return string(reply), err
}

// A client can take a part of what is there and stop again.
func ExamplePeer_Take() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R8: the server reads again as soon as there is room", func(b *peer.Bench) {
		message := peer.Numbered(2 * peer.Plenty)
		client := b.Dial(b.Serve(echo))
		client.StopReading()
		client.SendAsync(message)
		b.Settle()
		full := client.Sent() // every buffer between client and server is full
		client.Take(1 << 20)
		client.Expect("the beginning comes back", message[:1<<20])
		b.Settle()
		b.Less("the server reads on although the client has stopped again", full, client.Sent())
	}, peer.Virtual)
}

// In virtual time a timeout is tested exactly, and at once.
func ExampleBench_Advance() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R7: an idle client is closed after 30 seconds", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo))
		b.Advance(29 * time.Second)
		client.ExpectQuiet("29 seconds are not too long")
		b.Advance(time.Second)
		client.ExpectEOF("30 seconds are")
	}, peer.Virtual)
}

// The subject's own end of each conn can misbehave.
func ExampleBench_Serve_fault() {
	var t *testing.T // the parameter of the test function
	peer.Run(t, "R9: short reads lose nothing", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo, fault.EveryConn(fault.OneByteReads)))
		client.Send("ping\n")
		client.Expect("five reads of one byte are one message", "ping\n")
	})
}
