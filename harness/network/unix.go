package network

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Unix is Unix sockets with paths in a folder of its own.
type Unix struct {
	dir   string
	limit time.Duration
	last  atomic.Int64 // number of the path made last
}

// longestFolder leaves room for the names in it: a path may have 103 bytes on
// macOS and 107 on Linux.
const longestFolder = 80

// NewUnix makes the folder. The caller ends the network with Close. limit is
// how long a dial waits.
func NewUnix(limit time.Duration) (*Unix, error) {
	base := os.TempDir()
	if len(base) > longestFolder {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "kata")
	if err != nil {
		return nil, fmt.Errorf("make a folder for sockets: %w", err)
	}
	return &Unix{dir: dir, limit: limit}, nil
}

// Close removes the folder with all that is in it.
func (n *Unix) Close() error { return os.RemoveAll(n.dir) }

// path returns a new one.
func (n *Unix) path() string { return filepath.Join(n.dir, fmt.Sprint(n.last.Add(1))) }

// Listen returns a [net.UnixListener]. Closing it removes its path.
func (n *Unix) Listen() (*Listener, error) { return listen("unix", n.path(), n.limit) }

// Pair returns two [net.UnixConn] of a stream.
func (n *Unix) Pair() (harness, subject net.Conn, err error) {
	ln, err := n.Listen()
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	return connect(ln)
}

// ListenPacket returns a [net.UnixConn] for datagrams. Its path stays after
// Close. Windows has none.
func (n *Unix) ListenPacket() (net.PacketConn, error) { return net.ListenPacket("unixgram", n.path()) }
