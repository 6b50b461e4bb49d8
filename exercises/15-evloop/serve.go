//go:build linux || darwin

package evloop

import "errors"

// serve is Serve.
func serve(p Poller, listenFD, stopFD int) error {
	// TODO: write this, with a Loop on p.
	return errors.New("Serve is not written yet")
}
