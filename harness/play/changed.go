package play

import (
	"fmt"
	"time"

	"socketkata/harness/judge"
)

// lookAgain is how often a play looks whether the code has changed.
const lookAgain = time.Second

// A version watches the files of the code that is played.
type version struct {
	code  judge.Candidate
	built string // the fingerprint of what is played
	told  bool
}

func newVersion(c judge.Candidate) *version {
	built, _ := c.Fingerprint() // "" is never told as a change
	return &version{code: c, built: built}
}

// changed reports, once, that the files are no longer what was built. A file
// that cannot be read is being saved.
func (v *version) changed() bool {
	now, err := v.code.Fingerprint()
	if v.told || v.built == "" || err != nil || now == v.built {
		return false
	}
	v.told = true
	return true
}

// outdated says that the code has changed since it was built.
func (s *show) outdated() string {
	return fmt.Sprintf("%s has changed; the code that was built before goes on. To play the change, press %s, then make play EX=%s.",
		s.place(""), map[bool]string{true: "Ctrl-D", false: "Ctrl-C"}[s.ready.Asks], s.e.EX())
}
