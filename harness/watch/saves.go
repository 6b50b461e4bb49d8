package watch

import (
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// pollEvery is the time between two looks. A save is seen after one to two
	// of them, which is little beside the second that a test takes.
	pollEvery = 20 * time.Millisecond
	// rereads is how many looks after a change still read the files: some file
	// systems count their times in steps of two seconds, so that a second save
	// of the same length may show in the text alone.
	rereads = 150
)

// saves polls the files and notices that they were saved. Polling works where
// notifications do not: on network file systems, in containers, and with
// editors that write a new file and rename it.
//
// A save counts once two looks see the same, so that a file that is being
// written is left alone, and only if its text has changed.
type saves struct {
	list  func() []string  // the files as they are now
	facts map[string]facts // at the last look, by path
	text  map[string]sum   // at the last look that read
	saved map[string]sum   // the text that counts
	left  int              // how many looks still read
}

// The facts of a file are known without reading it.
type facts struct{ size, modified int64 } // bytes, nanoseconds since 1970

type sum [sha256.Size]byte

func watchFiles(list func() []string) *saves {
	s := &saves{list: list, left: rereads}
	s.facts = s.look()
	s.text = read(s.facts)
	s.saved = s.text
	return s
}

// poll looks once and returns the base names of the files that were saved,
// added or taken away.
func (s *saves) poll() []string {
	now := s.look()
	same := maps.Equal(now, s.facts)
	if same && s.left == 0 {
		return nil
	}
	text := read(now)
	settled := same && maps.Equal(text, s.text)
	s.facts, s.text, s.left = now, text, s.left-1
	if !settled {
		s.left = rereads
		return nil
	}
	changed := difference(s.saved, text)
	s.saved = text
	return changed
}

func (s *saves) look() map[string]facts {
	seen := map[string]facts{}
	for _, path := range s.list() {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			seen[path] = facts{info.Size(), info.ModTime().UnixNano()}
		}
	}
	return seen
}

func read(files map[string]facts) map[string]sum {
	sums := map[string]sum{}
	for path := range files {
		text, _ := os.ReadFile(path) // the compiler says what is wrong with it
		sums[path] = sha256.Sum256(text)
	}
	return sums
}

func difference(before, after map[string]sum) []string {
	changed := map[string]bool{}
	for path, text := range after {
		if old, ok := before[path]; !ok || old != text {
			changed[filepath.Base(path)] = true
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			changed[filepath.Base(path)] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}
