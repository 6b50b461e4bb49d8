// A reader and a writer joined by a channel, and a client that computes one deadline a try and is woken by AfterFunc.

package udpecho

import (
	"context"
	"errors"
	"math/rand"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type packet struct {
	data string
	from net.Addr
}

func Serve(ctx context.Context, pc net.PacketConn, max int) error {
	packets, finished := make(chan packet, 16), make(chan struct{})
	go func() {
		defer close(finished)
		for p := range packets {
			pc.WriteTo([]byte(p.data), p.from)
		}
	}()
	defer func() { close(packets); <-finished }()
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		pc.SetReadDeadline(time.Unix(1, 0))
		close(woken)
	})
	defer func() {
		if !stop() {
			<-woken
		}
	}()
	var buf [65536]byte
	for {
		n, from, err := pc.ReadFrom(buf[:])
		if err == nil && n <= max {
			packets <- packet{string(buf[:n]), from}
		}
		if err == nil || errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	}
}

type Client struct {
	Timeout time.Duration
	Tries   int
}

func (c Client) Do(ctx context.Context, pc net.PacketConn, to net.Addr, req []byte) (reply []byte, err error) {
	id := strconv.FormatUint(1<<31+uint64(rand.Int31()), 16) + " "
	frame := id + string(req)

	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		pc.SetDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-woken
		}
		pc.SetDeadline(time.Time{})
	}()
	buf := make([]byte, 65536)
	for tries := c.Tries; tries > 0; tries-- {
		if pc.SetDeadline(time.Now().Add(c.Timeout)); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, err = pc.WriteTo([]byte(frame), to); err != nil && ctx.Err() == nil {
			return nil, err
		}
		for err == nil {
			var n int
			var from net.Addr
			n, from, err = pc.ReadFrom(buf)
			if err == nil && strings.HasPrefix(string(buf[:n]), id) && same(from, to) {
				return append([]byte(nil), buf[len(id):n]...), nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
	return nil, err
}

func same(a, b net.Addr) bool {
	x, y := a.(*net.UDPAddr), b.(*net.UDPAddr)
	return x.IP.Equal(y.IP) && x.Port == y.Port && x.Zone == y.Zone
}
