// One byte at a time, and a timer that sets the deadline when it fires.

package lines

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

var ErrLineTooLong = errors.New("line too long")

const Refusal = "error: line too long\n"

type LineReader struct {
	in     io.ByteReader
	max    int
	offset int
	failed error
}

func NewLineReader(r io.Reader, max int) *LineReader {
	return &LineReader{in: bufio.NewReader(r), max: max}
}

func (l *LineReader) ReadLine() ([]byte, error) {
	var line []byte
	for l.failed == nil {
		b, err := l.in.ReadByte()
		if err == io.EOF && len(line) > 0 {
			err = fmt.Errorf("line ends at byte %d: %w", l.offset, io.ErrUnexpectedEOF)
		}
		if err != nil {
			l.failed = err
			return line, err
		}
		l.offset++
		n := len(line)
		carriageReturn := n > 0 && line[n-1] == '\r'
		switch {
		case b == '\n' && carriageReturn:
			return line[:n-1], nil
		case b == '\n' && n <= l.max:
			return line, nil
		case n == l.max && b != '\r', n > l.max:
			l.failed = fmt.Errorf("from byte %d: %w", l.offset-1-(n-l.max), ErrLineTooLong)
			return nil, l.failed
		}
		line = append(line, b)
	}
	return nil, l.failed
}

func Serve(c net.Conn, max int, idle time.Duration) error {
	timer := time.AfterFunc(idle, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer c.Close()
	defer timer.Stop()
	r := NewLineReader(c, max)
	for {
		line, err := r.ReadLine()
		if err != nil {
			timer.Reset(idle)
			return end(c, err)
		}
		answer := make([]byte, 0, len(line)+1)
		for _, b := range line {
			if 'a' <= b && b <= 'z' {
				b ^= 0x20
			}
			answer = append(answer, b)
		}
		if _, err := c.Write(append(answer, '\n')); err != nil {
			return err
		}
		timer.Reset(idle)
	}
}

func end(c net.Conn, err error) error {
	if err == io.EOF {
		return nil
	}
	if errors.Is(err, ErrLineTooLong) {
		fmt.Fprint(c, Refusal)
		if h, ok := c.(interface{ CloseWrite() error }); ok {
			h.CloseWrite()
		}
		for err := error(nil); err == nil; {
			_, err = c.Read(make([]byte, 4096))
		}
	}
	return err
}
