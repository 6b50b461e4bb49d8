// Package intake reads what students handed in: folders, zip and tar archives.
// It takes the Go files of each exercise as text and never unpacks anything to
// disk. What it does not take, it leaves out with one sentence; no submission
// can stop it from reading the others.
package intake

import "time"

// What one submission may hold. Honest answers are far below.
const (
	maxFile     = 256 << 10 // bytes of one file
	maxFiles    = 32        // files of one exercise
	maxTotal    = 4 << 20   // bytes of all files taken
	maxEntries  = 20_000    // files and folders, taken or not
	maxDepth    = 16        // folders above a file
	maxArchive  = 64 << 20  // bytes of an archive
	maxUnpacked = 512 << 20 // bytes that a compressed tar may become
	maxNotices  = 20        // of one submission
)

// An Exercise is what intake must know of one.
type Exercise struct {
	Name  string   // of its folder
	Files []string // base names of the files that make an answer: those of the stub
	Tests []string // base names of its own tests, which students hand in unchanged
}

// A Submission is what one student handed in. If there are several, it is the
// one with the newest file in it; if two are as new, the one whose name is last.
type Submission struct {
	Student string          // the name of the folder, or of the archive without its ending
	Source  string          // relative to the folder of all submissions, with slashes
	Older   []string        // the sources of the student's other submissions
	Notices []string        // what was left out, one sentence each
	Refused string          // why nothing of it can be graded, or ""
	Fault   string          // why it could not be read, through no fault of the student's, or ""
	Work    map[string]Work // by name of the exercise; without those of which there is nothing
}

// A Work is what was handed in for one exercise.
type Work struct {
	Files   map[string]string // base name → text
	Catch   map[string]string // base name → text of the student's own tests
	Newest  time.Time         // when the newest of the files was changed
	Refused string            // why it cannot be judged, or ""

	Untouched bool // the files were those that the student began with; Files has none
}

// newest returns when the newest file was changed.
func (s *Submission) newest() time.Time {
	var at time.Time
	for _, w := range s.Work {
		if w.Newest.After(at) {
			at = w.Newest
		}
	}
	return at
}

func (s *Submission) readable() bool { return s.Refused == "" && s.Fault == "" }
