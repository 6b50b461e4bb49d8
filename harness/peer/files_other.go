//go:build !unix

package peer

// A handedFD is a descriptor that the subject got. There are none here.
type handedFD struct{}

func (handedFD) close() {}

func (p *Peer) keepFiles() {}

func (b *Bench) closeFiles() {}
