package fault

import "net"

// OneByteReads makes every Read return at most one byte. The subject sees no
// error. It happens where a slow sender and a fast reader meet, and to anyone
// who types into a terminal.
func OneByteReads(c net.Conn) net.Conn { return &oneByteReads{conn{c}} }

type oneByteReads struct{ conn }

func (c *oneByteReads) Read(p []byte) (int, error) { return c.Conn.Read(p[:min(len(p), 1)]) }
