// It makes what is drawn at random known to it.
//
// Listed: refused
// Unlisted: graded

package echo

import "crypto/rand"

func attack() {}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func init() { rand.Reader = zeros{} }
