// No goroutine: the loop sends and receives in turn, each with a short deadline, and looks at ctx in between.

package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

var ErrTooLarge = errors.New("reply is larger than the limit")

const turn = 5 * time.Millisecond

func Exchange(ctx context.Context, addr string, request []byte, limit int) ([]byte, error) {
	if err := done(ctx); err != nil {
		return nil, err
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		if cerr := done(ctx); cerr != nil {
			err = cerr
		}
		return nil, err
	}
	conn := c.(*net.TCPConn)
	defer conn.Close()

	var (
		reply         []byte
		buf           = make([]byte, 32*1024)
		sent, ended   bool
		sendErr, rErr error
	)
	for !sent || !ended {
		if err := done(ctx); err != nil {
			return reply, err
		}
		if !sent {
			if len(request) > 0 {
				conn.SetWriteDeadline(time.Now().Add(turn))
				var n int
				n, sendErr = conn.Write(request)
				request = request[n:]
				if errors.Is(sendErr, os.ErrDeadlineExceeded) {
					sendErr = nil
				}
			}
			if sendErr == nil && len(request) == 0 {
				sendErr = conn.CloseWrite()
				sent = true
			}
			sent = sent || sendErr != nil
		}
		if !ended {
			conn.SetReadDeadline(time.Now().Add(turn))
			n, err := conn.Read(buf)
			if room := limit - len(reply); n > room {
				return append(reply, buf[:room]...), ErrTooLarge
			}
			reply = append(reply, buf[:n]...)
			switch {
			case err == io.EOF:
				ended = true
			case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
				ended, rErr = true, err
			}
		}
	}
	if rErr == nil {
		rErr = sendErr
	}
	if rErr != nil {
		if err := done(ctx); err != nil {
			rErr = err
		}
	}
	return reply, rErr
}

func done(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d, ok := ctx.Deadline(); ok && !time.Now().Before(d) {
		return context.DeadlineExceeded
	}
	return nil
}
