package foreign

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
)

// Known are the errors of the standard library that are the same in both processes,
// by name.
var Known = map[string]error{
	"bufio.ErrTooLong": bufio.ErrTooLong, "bufio.ErrBufferFull": bufio.ErrBufferFull,
	"io.EOF": io.EOF, "io.ErrUnexpectedEOF": io.ErrUnexpectedEOF, "io.ErrShortWrite": io.ErrShortWrite,
	"io.ErrShortBuffer": io.ErrShortBuffer, "io.ErrNoProgress": io.ErrNoProgress, "io.ErrClosedPipe": io.ErrClosedPipe,
	"net.ErrClosed": net.ErrClosed, "os.ErrDeadlineExceeded": os.ErrDeadlineExceeded,
	"context.Canceled": context.Canceled, "context.DeadlineExceeded": context.DeadlineExceeded,
	"errors.ErrUnsupported": errors.ErrUnsupported, "fs.ErrNotExist": fs.ErrNotExist,
	"fs.ErrExist": fs.ErrExist, "fs.ErrPermission": fs.ErrPermission, "fs.ErrInvalid": fs.ErrInvalid, "fs.ErrClosed": fs.ErrClosed,
}
