package wire

import (
	"strings"
	"sync"
)

// numbers is the longest text that [Numbered] made.
var numbers struct {
	sync.Mutex
	text string
}

// Numbered returns size bytes, less than 80 MB: lines of eight bytes that count
// up, "0000000\n", so that a missing, repeated or misplaced part shows. It may
// be called concurrently.
func Numbered(size int) string {
	numbers.Lock()
	defer numbers.Unlock()
	if len(numbers.text) < size {
		numbers.text = count(size)
	}
	return numbers.text[:size]
}

func count(size int) string {
	line := []byte("0000000\n")
	var b strings.Builder
	b.Grow(size + len(line))
	for b.Len() < size {
		b.Write(line)
		digit := len(line) - 2
		for ; line[digit] == '9'; digit-- {
			line[digit] = '0'
		}
		line[digit]++
	}
	return b.String()
}
