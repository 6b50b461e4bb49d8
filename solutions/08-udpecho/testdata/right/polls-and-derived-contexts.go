// A server that looks at ctx every 20 ms, with a buffer of max+1 bytes, and a client with a derived context for each try.

package udpecho

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

func Serve(ctx context.Context, pc net.PacketConn, max int) error {
	for buf := make([]byte, max+1); ctx.Err() == nil; {
		if err := pc.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); errors.Is(err, net.ErrClosed) {
			return nil
		}
		n, from, err := pc.ReadFrom(buf)
		switch {
		case err == nil:
			if n < len(buf) {
				pc.WriteTo(buf[:n], from)
			}
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EMSGSIZE):
		default:
			return err
		}
	}
	return nil
}

type Client struct {
	Timeout time.Duration
	Tries   int
}

var calls atomic.Uint32

func (c Client) Do(ctx context.Context, pc net.PacketConn, to net.Addr, req []byte) ([]byte, error) {
	random := make([]byte, 2)
	rand.Read(random)
	id := fmt.Appendf(nil, "%04x%x ", uint16(calls.Add(1)), random)
	id = id[:len(id):len(id)]
	for try := 1; ; try++ {
		reply, err := c.try(ctx, pc, to, append(id, req...), id)
		switch {
		case err == nil:
			return reply, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, context.DeadlineExceeded):
			return nil, err
		case try == c.Tries:
			return nil, errors.Join(errors.New("nobody answers"), os.ErrDeadlineExceeded)
		}
	}
}

// try sends the request and waits for its reply. The error of its own ctx is the
// timeout of the try.
func (c Client) try(ctx context.Context, pc net.PacketConn, to net.Addr, request, id []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		<-ctx.Done()
		pc.SetReadDeadline(time.Unix(1, 0))
	}()
	defer pc.SetReadDeadline(time.Time{})
	defer func() { cancel(); <-woken }()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, err := pc.WriteTo(request, to); err != nil {
		return nil, err
	}
	for buf := make([]byte, 1<<16); ; {
		n, from, err := pc.ReadFrom(buf)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if reply, ok := bytes.CutPrefix(buf[:n], id); ok && from.String() == to.String() {
			return reply, nil
		}
	}
}
