package intake

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// finish puts what was collected into s: for each exercise one folder.
func (c *collector) finish(s *Submission) {
	s.Work = map[string]Work{}
	folders := map[string][]string{}
	for folder, w := range c.folders {
		if len(w.Files)+len(w.Catch) > 0 || w.Refused != "" {
			name := path.Base(folder)
			folders[name] = append(folders[name], folder)
		}
	}
	for _, name := range sorted(folders) {
		found := folders[name]
		slices.SortFunc(found, func(a, b string) int {
			return cmp.Or(rank(a)-rank(b), strings.Compare(a, b))
		})
		if len(found) > 1 {
			c.notice("%s is there %d times: %s is graded", name, len(found), shown(found[0]))
		}
		s.Work[name] = *c.folders[found[0]]
	}
	if len(s.Work)+len(c.notices) == 0 && s.readable() {
		c.notice("%s", c.whyNothing())
	}
	if c.unnoticed > 0 {
		c.notices = append(c.notices, fmt.Sprintf("%d more files are left out", c.unnoticed))
	}
	s.Notices = c.notices
}

func (c *collector) whyNothing() string {
	if c.nested {
		return "no exercise is in it, but an archive is: hand in the files, or one archive of them"
	}
	return "no exercise is in it: keep the folders' names, such as 05-echo"
}

// rank is lower the more likely a folder is the one that the student means: one
// in the folder exercises, then the one with the fewest folders above it, then
// files in no folder.
func rank(folder string) int {
	depth := strings.Count(folder, "/")
	if strings.HasPrefix(folder, flatFolder) {
		return 3 * maxDepth
	}
	if path.Base(path.Dir(folder)) == "exercises" {
		return depth
	}
	return depth + maxDepth
}

// newestOf returns the submission that counts, among those of one student, with
// what is to be said about the others. What cannot be read never counts if
// another can.
func newestOf(all []Submission) Submission {
	slices.SortStableFunc(all, func(a, b Submission) int {
		if a.readable() != b.readable() {
			if a.readable() {
				return -1
			}
			return 1
		}
		return cmp.Or(b.newest().Compare(a.newest()), strings.Compare(b.Source, a.Source))
	})
	s := all[0]
	for _, other := range all[1:] {
		s.Older = append(s.Older, other.Source)
		if why := cmp.Or(other.Refused, other.Fault); why != "" && s.readable() {
			s.Notices = append(s.Notices, fmt.Sprintf("%s is not graded: %s", shown(other.Source), why))
		}
	}
	slices.Sort(s.Older)
	return s
}
