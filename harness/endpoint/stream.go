package endpoint

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// A Stream is the script's end of one conn.
type Stream struct {
	*Side
	raw     *rawEnd
	conn    net.Conn // the byte end
	subject net.Conn // the subject's end, if the bench made it
	unseen  bool     // the bench does not have the subject's end

	// Guarded by the lock.
	inbox    []byte     // read, not yet asked for by the script
	dropped  int64      // bytes that the inbox had before
	files    []received // not yet asked for by the script
	kept     []*os.File // all that ever came
	state    State      // how the subject's direction ended
	why      error      // of the state Broken
	reset    bool       // a write was told that the conn was reset
	paused   bool       // the script has stopped reading
	allowed  int        // bytes that a paused stream may still read
	changing bool       // a layer is put on or taken off
	parked   bool       // the reader waits until it may read
	over     bool       // the reader has ended
	sending  int        // sends in flight
	closed   bool       // the script closed its end
}

// A received file came with one byte of the stream, the one with this number.
type received struct {
	file *os.File
	at   int64
}

// A State is how the subject's direction of a conn has ended.
type State int

// The states.
const (
	Open   State = iota
	FIN          // the stream is over: Read returns io.EOF
	RST          // the conn was reset
	Broken       // a layer returned another error
)

const (
	firstRead = 4 << 10 // grows up to readSize when a Read fills it
	readSize  = 64 << 10
	writeSize = 32 << 10
)

// InboxLimit is how much a stream reads ahead of its script. A subject that
// sends without end has to wait then, as with any peer that does not read,
// instead of filling the memory. No script expects as much in one step.
const InboxLimit = 32 << 20

// A Setup says what is special about a stream.
type Setup struct {
	Subject net.Conn // the subject's end, if the bench made it
	Unseen  bool     // the bench will never have the subject's end
	Paused  bool     // it does not read until [Stream.ResumeReading]
}

// NewStream gives a side its conn and starts to read.
func (s *Side) NewStream(c net.Conn, setup Setup) *Stream {
	p := &Stream{Side: s, subject: setup.Subject, unseen: setup.Unseen, paused: setup.Paused}
	p.raw = &rawEnd{Conn: network.WithFiles(c), stream: p}
	p.conn = p.raw
	s.talk.Changed.L.Lock()
	s.talk.streams = append(s.talk.streams, p)
	s.talk.Changed.L.Unlock()
	s.talk.own.Go(p.readAll)
	return p
}

func (p *Stream) lock()   { p.talk.Changed.L.Lock() }
func (p *Stream) unlock() { p.talk.Changed.L.Unlock() }

// readAll moves everything that comes into the inbox until the conn ends. Its
// buffer begins small: otherwise thousands of idle streams would cost too much
// memory.
func (p *Stream) readAll() {
	buf := make([]byte, firstRead)
	for over := false; !over; {
		p.parkWhile(func(p *Stream) bool { return len(p.inbox) >= InboxLimit || p.changing })
		n, err := p.conn.Read(buf)
		if n > 0 {
			p.Saw(wire.Data, buf[:n])
		}
		over = p.store(buf[:n], err)
		if n == len(buf) && n < readSize {
			buf = make([]byte, readSize)
		}
	}
}

// store puts what a Read returned into the inbox and reports whether it was the
// last.
func (p *Stream) store(data []byte, err error) (over bool) {
	p.lock()
	defer p.unlock()
	defer p.talk.Changed.Broadcast()
	if cap(p.inbox)-len(p.inbox) < len(data) { // double it: append's smaller steps use five times the memory
		p.inbox = slices.Grow(p.inbox, len(p.inbox)+len(data))
	}
	p.keepFiles()
	p.inbox = append(p.inbox, data...)
	p.received += int64(len(data))
	if err == nil || p.changing {
		return false
	}
	for p.sending > 0 && network.WasReset(p.raw.Conn) { // its error says how the conn ended
		p.talk.Changed.Wait()
	}
	if !p.closed {
		p.ended(err)
	}
	p.over = true
	return true
}

// ended notes how the subject's direction ended. The lock is held, so that the
// drawing has it before any step is told.
func (p *Stream) ended(err error) {
	switch {
	case p.layered() && !errors.Is(err, io.EOF) && !network.IsReset(err):
		p.state, p.why = Broken, err
		p.Saw(wire.Note, []byte(err.Error()))
	case errors.Is(err, io.EOF) && !p.reset:
		p.state = FIN
		p.Saw(wire.FIN, nil)
	default:
		p.state = RST
		p.Saw(wire.RST, nil)
	}
}

// Send sends the bytes in the background, as fast as the subject takes them. The
// drawing shows them at once. It shows bytes for a layer only once the layer has
// sent them: a handshake comes first, and may fail.
func (p *Stream) Send(data string) {
	if !p.layered() {
		p.did(wire.Data, []byte(data))
		p.inBackground(func() (int, error) {
			_, err := p.write(data)
			return 0, err
		})
		return
	}
	show := p.talk.Log.Reserve(p.Name, wire.Harness, wire.Data)
	p.inBackground(func() (int, error) {
		n, err := p.write(data)
		show([]byte(data[:n]))
		return 0, err
	})
}

// SendUntilStuck sends the bytes until the network has taken none of them for
// the time patience, gives the others up, and returns how many were taken. The
// stream has no layer, and nothing is being sent.
func (p *Stream) SendUntilStuck(data string, patience time.Duration) (taken int) {
	show := p.talk.Log.Reserve(p.Name, wire.Harness, wire.Data)
	var err error
	for taken < len(data) && err == nil {
		p.raw.SetWriteDeadline(time.Now().Add(patience))
		var n int
		n, err = p.write(data[taken:min(len(data), taken+writeSize)])
		taken += n
	}
	p.raw.SetWriteDeadline(time.Time{})
	show([]byte(data[:taken]))
	p.lock()
	defer p.unlock()
	p.reset = p.reset || network.IsReset(err)
	return taken
}

// inBackground sends with a function that returns how many bytes it has not
// counted yet.
func (p *Stream) inBackground(send func() (int, error)) {
	p.lock()
	p.sending++
	p.unlock()
	p.talk.own.Go(func() {
		n, err := send()
		p.lock()
		defer p.unlock()
		p.sent += int64(n)
		p.sending--
		if network.IsReset(err) { // a system says so once: a Read after this may return EOF
			p.reset = true
		}
		p.talk.Changed.Broadcast()
	})
}

// write sends the bytes and counts those that were taken, in p.sent, too.
func (p *Stream) write(data string) (taken int, err error) {
	buf := make([]byte, min(len(data), writeSize))
	for taken < len(data) {
		n, err := p.conn.Write(buf[:copy(buf, data[taken:])])
		taken += n
		p.lock()
		p.sent += int64(n)
		p.talk.Changed.Broadcast()
		p.unlock()
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// Sending reports whether a Send is still in flight. The lock is held.
func (p *Stream) Sending() bool { return p.sending > 0 }

// Sent returns how many bytes the network has taken. The lock is held.
func (p *Stream) Sent() int64 { return p.sent }

// State returns how the subject's direction has ended. The lock is held.
func (p *Stream) State() State { return p.state }

// Inbox returns what has come and was not taken yet. The lock is held.
func (p *Stream) Inbox() []byte { return p.inbox }

// Drop removes n bytes from the inbox. The lock is held.
func (p *Stream) Drop(n int) {
	p.inbox = p.inbox[n:]
	p.dropped += int64(n)
	p.talk.Changed.Broadcast() // there is room again
}

// Take removes n bytes from the inbox and returns them.
func (p *Stream) Take(n int) string {
	p.lock()
	defer p.unlock()
	text := string(p.inbox[:n])
	p.Drop(n)
	return text
}

// TakeFiles returns the files that came with the bytes which were taken since the
// last call. The conversation closes at the end those that the caller has not.
func (p *Stream) TakeFiles() []*os.File {
	p.lock()
	defer p.unlock()
	var files []*os.File
	for len(p.files) > 0 && p.files[0].at < p.dropped {
		files = append(files, p.files[0].file)
		p.files = p.files[1:]
	}
	return files
}
