package evloop

import "errors"

// newPoller returns a Poller by kqueue(2).
func newPoller(edge bool) (Poller, error) {
	// TODO: write this.
	return nil, errors.New("New is not written yet: begin with newPoller in poller_darwin.go")
}
