// Package intake reads what students handed in. It takes the Go files of each
// exercise as text, leaves everything else where it is, and says in one
// sentence what it left out and why.
package intake

import "time"

// A Submission is what one student handed in.
type Submission struct {
	Student string          // the name of its folder
	Source  string          // relative to the folder of all submissions, with slashes
	Older   []string        // other submissions of the student
	Notices []string        // what was left out, one sentence each
	Refused string          // why nothing of it can be graded; "" usually
	Work    map[string]Work // by name of the exercise; without those of which there is nothing
}

// A Work is what was handed in for one exercise.
type Work struct {
	Files   map[string]string // base name → text
	Catch   map[string]string // base name → text of the student's own tests
	Newest  time.Time         // when the newest of the files was changed
	Refused string            // why it cannot be judged, or ""
}
