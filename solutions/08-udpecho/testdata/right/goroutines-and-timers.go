// A goroutine for each answer, and a client with a reading goroutine, a timer and select.

package udpecho

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

func Serve(ctx context.Context, pc net.PacketConn, max int) error {
	var answers sync.WaitGroup
	defer answers.Wait()
	returned, watched := make(chan struct{}), make(chan struct{})
	defer func() { close(returned); <-watched }()
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			pc.SetReadDeadline(time.Now().Add(-time.Second))
		case <-returned:
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, from, err := pc.ReadFrom(buf)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil {
			return err
		}
		if n <= max {
			answer := slices.Clone(buf[:n])
			answers.Go(func() { pc.WriteTo(answer, from) })
		}
	}
}

type Client struct {
	Timeout time.Duration
	Tries   int
}

func (c Client) Do(ctx context.Context, pc net.PacketConn, to net.Addr, req []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	request := withID(rand.Uint32(), req)
	replies, failed := make(chan []byte, 1), make(chan error, 1)
	pc.SetReadDeadline(time.Time{})
	var reader sync.WaitGroup
	reader.Go(func() {
		reply, err := read(pc, to, request[:idSize])
		if err != nil {
			failed <- err
			return
		}
		replies <- reply
	})
	defer func() {
		pc.SetReadDeadline(time.Unix(0, 1))
		reader.Wait()
		pc.SetReadDeadline(time.Time{})
	}()
	for range c.Tries {
		if _, err := pc.WriteTo(request, to); err != nil {
			return nil, err
		}
		select {
		case reply := <-replies:
			return reply, nil
		case err := <-failed:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(c.Timeout):
		}
	}
	return nil, fmt.Errorf("%d tries: %w", c.Tries, os.ErrDeadlineExceeded)
}

func read(pc net.PacketConn, to net.Addr, id []byte) ([]byte, error) {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return nil, err
		}
		if n >= idSize && string(buf[:idSize]) == string(id) && endpoint(from) == endpoint(to) {
			return slices.Clone(buf[idSize:n]), nil
		}
	}
}

func endpoint(addr net.Addr) netip.AddrPort {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(udp.AddrPort().Addr().Unmap(), uint16(udp.Port))
}

const idSize = 9

func withID(id uint32, payload []byte) []byte {
	return append(fmt.Appendf(nil, "%08x ", id), payload...)
}
