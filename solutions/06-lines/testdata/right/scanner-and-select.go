// A bufio.Scanner with a split function finds the lines. A goroutine reads them,
// and Serve selects between its channel and a timer.

package lines

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

var ErrLineTooLong = errors.New("line too long")

const Refusal = "error: line too long\n"

type LineReader struct {
	in     *bufio.Scanner
	max    int
	offset int
	rest   []byte
}

func NewLineReader(r io.Reader, max int) *LineReader {
	l := &LineReader{in: bufio.NewScanner(r), max: max}
	l.in.Buffer(nil, max+64)
	l.in.Split(l.split)
	return l
}

func (l *LineReader) split(data []byte, atEOF bool) (int, []byte, error) {
	line, _, found := bytes.Cut(data, []byte{'\n'})
	content := bytes.TrimSuffix(line, []byte{'\r'})
	if len(content) > l.max {
		return 0, nil, fmt.Errorf("byte %d: %w", l.offset+l.max, ErrLineTooLong)
	}
	if found {
		l.offset += len(line) + 1
		return len(line) + 1, content, nil
	}
	if atEOF && len(data) > 0 {
		l.rest = bytes.Clone(data)
		return 0, nil, fmt.Errorf("byte %d: %w", l.offset+len(data), io.ErrUnexpectedEOF)
	}
	return 0, nil, nil
}

func (l *LineReader) ReadLine() ([]byte, error) {
	if l.in.Scan() {
		return l.in.Bytes(), nil
	}
	return l.rest, cmp.Or(l.in.Err(), io.EOF)
}

type result struct {
	line []byte
	err  error
}

func Serve(c net.Conn, max int, idle time.Duration) error {
	results := make(chan result)
	go read(NewLineReader(c, max), results)
	defer func() {
		for range results { // until the reader has ended
		}
	}()
	defer c.Close()
	for {
		timeout := time.NewTimer(idle)
		var r result
		select {
		case r = <-results:
			timeout.Stop()
		case <-timeout.C:
			return fmt.Errorf("no line for %v: %w", idle, os.ErrDeadlineExceeded)
		}
		c.SetDeadline(time.Now().Add(idle))
		if errors.Is(r.err, ErrLineTooLong) {
			c.Write([]byte(Refusal))
			if h, ok := c.(interface{ CloseWrite() error }); ok {
				h.CloseWrite()
			}
			io.Copy(io.Discard, c)
		}
		if r.err != nil {
			if r.err == io.EOF {
				return nil
			}
			return r.err
		}
		for i, b := range r.line {
			if at := bytes.IndexByte([]byte("abcdefghijklmnopqrstuvwxyz"), b); at >= 0 {
				r.line[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[at]
			}
		}
		if _, err := c.Write(r.line); err != nil {
			return err
		}
		c.SetDeadline(time.Time{})
	}
}

func read(in *LineReader, results chan<- result) {
	defer close(results)
	for {
		line, err := in.ReadLine()
		results <- result{append(bytes.Clone(line), '\n'), err}
		if err != nil {
			return
		}
	}
}
