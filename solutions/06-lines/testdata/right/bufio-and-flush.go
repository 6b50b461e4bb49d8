// bufio in both directions, flushed before each Read that may block.

package lines

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

var ErrLineTooLong = errors.New("line too long")

const Refusal = "error: line too long\n"

type LineReader struct {
	in     *bufio.Reader
	max    int
	offset int
	err    error
}

func NewLineReader(r io.Reader, max int) *LineReader {
	return &LineReader{in: bufio.NewReaderSize(r, max+2), max: max}
}

func (l *LineReader) ReadLine() ([]byte, error) {
	if l.err != nil {
		return nil, l.err
	}
	line, err := l.next()
	content := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	switch {
	case errors.Is(err, bufio.ErrBufferFull), len(content) > l.max:
		l.err = fmt.Errorf("%w at byte %d", ErrLineTooLong, l.offset+l.max)
		return nil, l.err
	case errors.Is(err, io.EOF) && len(line) > 0:
		l.err = fmt.Errorf("%w at byte %d", io.ErrUnexpectedEOF, l.offset+len(line))
		return line, l.err
	case err != nil:
		l.err = err
		return nil, err
	}
	l.offset += len(line)
	return content, nil
}

// next is ReadSlice with a limit of max+2 bytes: a smaller buffer than 16 bytes
// is not to be had.
func (l *LineReader) next() ([]byte, error) {
	for n := 1; n <= l.max+2; n++ {
		line, err := l.in.Peek(n)
		if err != nil || line[n-1] == '\n' {
			l.in.Discard(len(line))
			return line, err
		}
	}
	return nil, bufio.ErrBufferFull
}

// waiting reports whether no whole line is buffered.
func (l *LineReader) waiting() bool {
	buffered, _ := l.in.Peek(l.in.Buffered())
	return bytes.IndexByte(buffered, '\n') < 0
}

func Serve(c net.Conn, max int, idle time.Duration) error {
	defer c.Close()
	in, out := NewLineReader(c, max), bufio.NewWriter(c)
	for {
		c.SetDeadline(time.Now().Add(idle))
		if in.waiting() {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		line, err := in.ReadLine()
		if errors.Is(err, ErrLineTooLong) {
			out.WriteString(Refusal)
		}
		if err != nil {
			out.Flush()
		}
		if errors.Is(err, ErrLineTooLong) {
			if tcp, ok := c.(*net.TCPConn); ok {
				tcp.CloseWrite()
			} else if half, ok := c.(interface{ CloseWrite() error }); ok {
				half.CloseWrite()
			}
			c.SetReadDeadline(time.Now().Add(idle))
			for p := make([]byte, 512); ; {
				if _, err := c.Read(p); err != nil {
					break
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, b := range line {
			if b >= 'a' && b <= 'z' {
				b -= ' '
			}
			out.WriteByte(b)
		}
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
}
