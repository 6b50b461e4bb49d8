package frames_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"runtime"
	"slices"

	frames "socketkata/exercises/07-frames"
	"socketkata/harness/peer"
)

// maxPayload is the limit of most decoders in these tests.
const maxPayload = 1 << 20

// A quote and its frame, as the exchange sends it: type, length, payload.
const (
	price = "ACME 12.50"
	quote = "Q\x00\x00\x00\x0aACME 12.50"
)

// heartbeat is a frame without payload.
const heartbeat = "H\x00\x00\x00\x00"

// header is a header whose length may be a lie.
func header(kind byte, length uint32) string {
	return string([]byte{kind, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)})
}

func frame(kind byte, payload string) string { return header(kind, uint32(len(payload))) + payload }

// decoder returns a Decoder for a conn. It gives away nothing but Read.
func decoder(c net.Conn, max uint32) *frames.Decoder {
	return frames.NewDecoder(struct{ io.Reader }{c}, max)
}

// next calls Next. The result is the frame in one line; see [line].
func next(b *peer.Bench, d *frames.Decoder) *peer.Call[string] {
	return peer.Start(b, "Next", func() (string, error) {
		f, err := d.Next()
		return line(f.Type, string(f.Payload)), err
	})
}

func line(kind byte, payload string) string { return string([]byte{kind}) + ": " + payload }

// expectFrame checks the next frame that Next returns.
func expectFrame(b *peer.Bench, reason string, d *frames.Decoder, kind byte, payload string) {
	b.Helper()
	got, err := next(b, d).Result(reason)
	b.NoError(reason, err)
	b.Equal(reason+" (type, payload)", line(kind, payload), got)
}

// write calls WriteFrame, whose result is its error.
func write(b *peer.Bench, w io.Writer, kind byte, payload string) *peer.Call[bool] {
	return peer.Start(b, "WriteFrame", func() (bool, error) {
		return true, frames.WriteFrame(w, frames.Frame{Type: kind, Payload: []byte(payload)})
	})
}

// server sends each frame of its clients back, to one client after another.
func server(b *peer.Bench) *peer.Server {
	return b.Named("Next").Serve(func(ln net.Listener) error {
		for {
			c, err := ln.Accept()
			if err != nil {
				return err
			}
			if err := sendBack(c); err != nil {
				return err
			}
		}
	})
}

func sendBack(c net.Conn) error {
	defer c.Close()
	d := decoder(c, maxPayload)
	for {
		f, err := d.Next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) { // R5 tells them apart
			return nil
		}
		if err != nil {
			return err
		}
		if err := frames.WriteFrame(c, f); err != nil {
			return err
		}
	}
}

// A yielding conn lets other goroutines run after each Write.
type yielding struct{ net.Conn }

func (y yielding) Write(p []byte) (int, error) {
	defer runtime.Gosched()
	return y.Conn.Write(p)
}

// bytesOf is a number of bytes of memory.
type bytesOf int64

func (n bytesOf) String() string { return fmt.Sprintf("%d MiB allocated", int64(n)>>20) }

// allocated returns what this process has allocated so far.
func allocated() bytesOf {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return bytesOf(m.TotalAlloc)
}

// numberIn returns the number if the error's text names it, otherwise the text.
func numberIn(err error, number string) string {
	if slices.Contains(regexp.MustCompile(`\d+`).FindAllString(err.Error(), -1), number) {
		return number
	}
	return err.Error()
}
