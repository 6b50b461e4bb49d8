//go:build unix

package peer

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// PairFD is [Bench.Pair] with a descriptor for the subject, for exercises below
// package net: the script plays the first end, and the second is a connected
// stream socket in blocking mode and close-on-exec. The bench closes the
// descriptor at the end of the script, unless the subject has. It needs
// [Loopback]; after Over(Unix) it is what socketpair(2) makes.
func (b *Bench) PairFD() (p *Peer, fd int) {
	b.t.Helper()
	b.beyond("it hands over a descriptor, which a server at an address does not take")
	b.onlySockets("PairFD")
	ours, theirs, err := b.net.Pair()
	if err == nil {
		fd, err = network.Duplicate(theirs)
	}
	if err != nil {
		b.t.Fatalf("harness: make a pair: %v", err)
	}
	p = b.newPeer("peer", "your code")
	p.unseen = true
	p.attach(ours)
	b.handedFDs = append(b.handedFDs, handedFD{fd, network.Inode(fd)})
	return p, fd
}

// A handedFD is a descriptor that the subject got and may have closed.
type handedFD struct {
	fd    int
	inode uint64
}

// close closes the descriptor if it is still what it was: its number may belong
// to something else by now.
func (h handedFD) close() {
	if network.Inode(h.fd) == h.inode {
		syscall.Close(h.fd)
	}
}

// SendFiles sends bytes, at least one, and with the first of them descriptors of
// the files (unix(7), SCM_RIGHTS). The files stay the script's to close. It
// needs a stream made after Over(Unix).
func (p *Peer) SendFiles(data string, files ...*os.File) {
	b := p.bench
	b.t.Helper()
	if _, ok := p.raw.Conn.(*network.FileConn); !ok || data == "" {
		b.t.Fatalf("harness: SendFiles needs a Unix stream (Over(Unix)) and at least one byte")
	}
	p.awaitSent()
	b.wire.Add(p.name, wire.Harness, wire.Data, []byte(data))
	b.wire.Add(p.name, wire.Harness, wire.Note, []byte("with "+descriptors(len(files))))
	var failed error
	p.inBackground(func() (int, error) {
		n, err := network.SendFiles(p.raw.Conn, []byte(data), files)
		failed = err
		return n, err
	})
	p.awaitSent()
	b.mu.Lock()
	defer b.mu.Unlock()
	if failed != nil && p.end == open && !network.IsReset(failed) && !isBrokenPipe(failed) {
		b.t.Fatalf("harness: %v", failed)
	}
}

// isBrokenPipe reports whether the other side has closed: the next expectation
// tells.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// ExpectFiles is [Peer.Expect] for bytes with which the subject hands over n
// descriptors, and returns those as files. The bench closes at the end of the
// script what the script has not.
func (p *Peer) ExpectFiles(reason, want string, n int) []*os.File {
	b := p.bench
	b.t.Helper()
	p.expect(reason, want)
	b.mu.Lock()
	files := p.files
	p.files = nil
	b.mu.Unlock()
	if len(files) != n {
		b.fail(reason, outcome{symptom: failure.WrongValue, peer: p,
			got: descriptors(len(files)) + " came with the bytes", want: descriptors(n)})
	}
	return files
}

func descriptors(n int) string {
	switch n {
	case 0:
		return "no descriptor"
	case 1:
		return "1 descriptor"
	}
	return fmt.Sprintf("%d descriptors", n)
}

// keepFiles keeps the descriptors that came with the last Read. Bench.mu is
// held.
func (p *Peer) keepFiles() {
	c, ok := p.raw.Conn.(*network.FileConn)
	if !ok {
		return
	}
	files := c.Take()
	if len(files) == 0 {
		return
	}
	p.files = append(p.files, files...)
	p.bench.gotFiles = append(p.bench.gotFiles, files...)
	p.record(wire.Note, []byte("with "+descriptors(len(files))))
}

// closeFiles closes the files that the subject handed over.
func (b *Bench) closeFiles() {
	for _, f := range b.gotFiles {
		f.Close() // an error if the script has closed it
	}
}
