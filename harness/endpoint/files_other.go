//go:build !unix

package endpoint

func (p *Stream) keepFiles() {}

func (p *Stream) closeFiles() {}
