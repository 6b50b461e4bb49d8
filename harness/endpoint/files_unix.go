//go:build unix

package endpoint

import (
	"errors"
	"os"
	"syscall"

	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// CarriesFiles reports whether descriptors can cross: on a Unix stream.
func (p *Stream) CarriesFiles() bool {
	_, ok := p.raw.Conn.(*network.FileConn)
	return ok
}

// SendFiles starts to send bytes, at least one, and with the first of them
// descriptors of the files (unix(7), SCM_RIGHTS). The files stay the caller's.
// When nothing is in flight any more, failed returns the error, unless it only
// says that the subject has closed its end: the next expectation tells. The lock
// is not held.
func (p *Stream) SendFiles(data string, files []*os.File) (failed func() error) {
	p.did(wire.Data, []byte(data))
	p.did(wire.Note, []byte("with "+wire.Count(len(files), "descriptor")))
	var sendErr error
	p.inBackground(func() (int, error) {
		n, err := network.SendFiles(p.raw.Conn, []byte(data), files)
		sendErr = err
		return n, err
	})
	return func() error {
		p.lock()
		defer p.unlock()
		if p.state != Open || network.IsReset(sendErr) || errors.Is(sendErr, syscall.EPIPE) {
			return nil
		}
		return sendErr
	}
}

// keepFiles keeps the descriptors that came with the last Read, whose bytes are
// about to be put into the inbox. The lock is held.
func (p *Stream) keepFiles() {
	c, ok := p.raw.Conn.(*network.FileConn)
	if !ok {
		return
	}
	files := c.Take()
	if len(files) == 0 {
		return
	}
	for _, f := range files {
		p.files = append(p.files, received{f, p.dropped + int64(len(p.inbox))})
	}
	p.kept = append(p.kept, files...)
	p.Saw(wire.Note, []byte("with "+wire.Count(len(files), "descriptor")))
}

func (p *Stream) closeFiles() {
	for _, f := range p.kept {
		f.Close() // an error if the script has closed it
	}
}
