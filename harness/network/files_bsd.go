//go:build unix && !linux

package network

// peek says that p can be read at once: on the BSDs descriptors begin a record of
// the stream, and recvmsg does not read across its beginning.
func (c *FileConn) peek(p []byte) (n int, carry bool, err error) { return len(p), false, nil }
