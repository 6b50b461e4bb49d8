// Package lines reads lines from a stream, with a limit on their length, and
// serves them: the departure board of a bus stop, which shows each line in
// capitals.
package lines

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// ErrLineTooLong means that a line has more bytes than its limit.
var ErrLineTooLong = errors.New("line too long")

// Refusal is what Serve sends to a client whose line is too long. It cannot be
// mistaken for an answer, which has no small letters.
const Refusal = "error: line too long\n"

// A LineReader reads lines from a stream. It must not be used concurrently.
type LineReader struct {
	in       io.Reader
	max      int
	buf      []byte // buf[start:end] has been received and not returned
	start    int
	end      int
	returned int64 // how many bytes of the stream precede buf[start]
	err      error // permanent: an error of in, or a line that is too long
}

// NewLineReader returns a LineReader for the stream r. A line has at most max
// bytes, not counting its line ending; max is between 0 and 1<<20, and memory for
// so many bytes may be allocated at once. NewLineReader itself does not read.
func NewLineReader(r io.Reader, max int) *LineReader {
	return &LineReader{in: r, max: max, buf: make([]byte, max+len("\r\n"))}
}

// ReadLine returns the next line without its line ending, which is "\n" or
// "\r\n". Every other byte belongs to the line: a "\r" elsewhere, blanks, NUL,
// bytes that are not UTF-8. What it returns is valid until the next call.
//
// ReadLine returns a line as soon as its "\n" has arrived. It may read ahead,
// and keeps the bytes of later lines for later calls. Bytes that r returns
// together with an error come before that error. The errors of ReadLine are
//
//   - io.EOF, if the stream ends after a line ending or is empty;
//   - io.ErrUnexpectedEOF, wrapped, with the bytes so far, even a last "\r", if the
//     stream ends within a line; after max+1 bytes, ErrLineTooLong is right, too;
//   - ErrLineTooLong, wrapped, if a line has more than max bytes, at the latest
//     once max+2 bytes of it have arrived without a "\n";
//   - any other error of r, wrapped or as it is, with or without the bytes so
//     far.
//
// The text of the two wrapped errors names, in decimal, the byte at fault: how
// many bytes of the stream come before the end of the stream, or before byte max+1
// of the line. It may name other numbers, too.
//
// After an error, every further call fails with the same error (by errors.Is). So
// the rest of a line that is too long is never returned as a line.
//
// The memory that a LineReader uses depends on max, not on the length of the
// stream. ReadLine may start goroutines. Once every Read of r fails, all of them
// end, even if ReadLine is not called again: none may wait for that call to hand
// over what it has read.
func (l *LineReader) ReadLine() ([]byte, error) {
	for searched := 0; ; {
		pending := l.buf[l.start:l.end]
		n, found := len(pending), false
		if i := bytes.IndexByte(pending[searched:], '\n'); i >= 0 {
			n, found = searched+i, true
		}
		line := bytes.TrimSuffix(pending[:n], []byte("\r")) // one only: the others belong to the line
		switch {
		case len(line) > l.max: // even if its newline is here, too
			l.err = fmt.Errorf("read line: byte %d: %w", l.returned+int64(l.max), ErrLineTooLong)
			return nil, l.err
		case found:
			l.start += n + len("\n")
			l.returned += int64(n + len("\n"))
			return line, nil
		case errors.Is(l.err, io.EOF) && n > 0:
			return pending, fmt.Errorf("read line: byte %d: %w", l.returned+int64(n), io.ErrUnexpectedEOF)
		case l.err != nil:
			return pending, l.err
		}
		searched = n
		l.fill()
	}
}

// fill reads what is there, once. It has room: with max+2 bytes in the buffer,
// ReadLine does not call it.
func (l *LineReader) fill() {
	if l.start > 0 { // the bytes of later lines stay: a new reader for each line would lose them
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	n, err := l.in.Read(l.buf[l.end:])
	l.end += n
	l.err = err // after the bytes: they may come together with io.EOF
}

// Serve answers each line that it reads from c with the same line, in which a
// to z are A to Z and all other bytes are unchanged, and a "\n". It sends an
// answer before it waits for more bytes or returns. max is the limit of a
// NewLineReader. Serve may be called concurrently, for one conn each.
//
// The client has the time idle to send a line and to take its answer, counted
// from the previous answer (from the start or the end of its Write) or, for the
// first line, from the call. Bytes that arrive within a line do not extend it.
// Serve may also give the answer, or Refusal, a time idle of its own, from the start
// of its Write. Answers to lines that arrive together may share one Write.
//
// If a line is too long, Serve sends Refusal and then FIN. Beside that or after it,
// it reads and drops what still arrives until the client's FIN, for idle after
// Refusal (its start or its end) and no longer. Otherwise a RST might destroy Refusal
// on its way. If c has no method CloseWrite() error, Serve reads on, too, and FIN
// follows when it closes c.
//
// Serve closes c. It returns nil if the stream ends after a line ending or is empty,
// and otherwise the error of ReadLine or Write: os.ErrDeadlineExceeded if the client
// was too slow. Errors of other calls, such as a Read after Refusal, do not count. If
// Refusal cannot be sent, either ErrLineTooLong or the error of that Write is right.
// The last bytes of a stream, if no line ending follows them, are not answered.
func Serve(c net.Conn, max int, idle time.Duration) error {
	defer c.Close()
	lines := NewLineReader(c, max) // one for the whole conn
	for {
		c.SetDeadline(time.Now().Add(idle)) // a point in time: set for each line, and not for each Read or once
		line, err := lines.ReadLine()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrLineTooLong):
			refuse(c, idle)
			return err
		case err != nil:
			return err
		}
		if _, err := c.Write(append(capitals(line), '\n')); err != nil {
			return err
		}
	}
}

// refuse sends Refusal and makes sure that it arrives: a Close with bytes
// unread sends RST, and that may destroy what the client has not read yet.
func refuse(c net.Conn, idle time.Duration) {
	c.SetDeadline(time.Now().Add(idle)) // once: the client may send forever
	io.WriteString(c, Refusal)
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite() // a client that waits for EOF before it closes gets it now
	}
	io.Copy(io.Discard, c)
}

// capitals returns a copy of the line in capitals. It is no text: bytes.ToUpper
// would replace the bytes that are not UTF-8.
func capitals(line []byte) []byte {
	upper := make([]byte, len(line), len(line)+len("\n"))
	for i, b := range line {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		upper[i] = b
	}
	return upper
}
