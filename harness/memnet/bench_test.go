package memnet_test

import (
	"io"
	"net"
	"testing"

	"socketkata/harness/memnet"
)

// pipes are the ways to get two ends of a conn.
var pipes = []struct {
	name string
	make func(b *testing.B) (client, server net.Conn)
}{
	{"memnet", func(*testing.B) (client, server net.Conn) { return memnet.Pair() }},
	{"net.Pipe", func(*testing.B) (client, server net.Conn) { return net.Pipe() }},
	{"loopback", loopbackPair},
}

func loopbackPair(b *testing.B) (client, server net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		b.Fatal(err)
	}
	return client, server
}

// BenchmarkThroughput sends in pieces of 32 KiB, as io.Copy does.
func BenchmarkThroughput(b *testing.B) {
	for _, pipe := range pipes {
		b.Run(pipe.name, func(b *testing.B) {
			client, server := pipe.make(b)
			defer client.Close()
			read := inBackground(func() {
				defer server.Close()
				io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{server}, make([]byte, 32<<10))
			})
			piece := make([]byte, 32<<10)
			b.SetBytes(int64(len(piece)))
			for b.Loop() {
				if _, err := client.Write(piece); err != nil {
					b.Fatal(err)
				}
			}
			client.Close()
			<-read
		})
	}
}

// BenchmarkRoundTrip sends 64 bytes and waits for their echo.
func BenchmarkRoundTrip(b *testing.B) {
	for _, pipe := range pipes {
		b.Run(pipe.name, func(b *testing.B) {
			client, server := pipe.make(b)
			echo := inBackground(func() {
				defer server.Close()
				io.CopyBuffer(struct{ io.Writer }{server}, struct{ io.Reader }{server}, make([]byte, 64))
			})
			line := make([]byte, 64)
			for b.Loop() {
				if _, err := client.Write(line); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(client, line); err != nil {
					b.Fatal(err)
				}
			}
			client.Close()
			<-echo
		})
	}
}
