package results

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// A sealer proves that the sender of each line on a connection knows the token,
// and that each line arrives once and in order. Code in the process of the tests
// could find the descriptor by its number and write to it.
type sealer struct {
	key  string
	sent int // lines
}

// sealLength is the length of a seal in hexadecimal.
const sealLength = 2 * sha256.Size

func (s *sealer) of(line []byte) string {
	h := hmac.New(sha256.New, []byte(s.key))
	h.Write(strconv.AppendInt(nil, int64(s.sent), 10))
	h.Write(line)
	return hex.EncodeToString(h.Sum(nil))
}

// sealed returns the next line as it is sent.
func (s *sealer) sealed(line []byte) []byte {
	text := append([]byte(s.of(line)), line...)
	s.sent++
	return append(text, '\n')
}

// opened returns the next line as it was, and whether its seal is right.
func (s *sealer) opened(text []byte) (line []byte, genuine bool) {
	if len(text) < sealLength {
		return nil, false
	}
	line = text[sealLength:]
	genuine = hmac.Equal(text[:sealLength], []byte(s.of(line)))
	s.sent++
	return line, genuine
}
