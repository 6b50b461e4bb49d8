package write

import (
	"bytes"
	"fmt"
	stdhtml "html"
	"strings"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
)

const (
	// GitHub shows ten errors of a step and drops the others.
	annotationLimit = 10
	// GitHub refuses a job summary above 1 MiB.
	summaryLimit = 1 << 20
)

// github are what goes to the standard output of a step of GitHub Actions, and
// what goes to the file that $GITHUB_STEP_SUMMARY names.
func github(c class, o Options) []file {
	log, err := Annotations(c.students, o.Mark)
	return []file{{"github/annotations.txt", log, err}, {"github/summary.md", Summary(c.students), nil}}
}

// Annotations writes workflow commands, one for each exercise that is not
// complete, and then the same as a log. The log stands between ::stop-commands::
// and the mark, so nothing in it is a command; the mark must be a word that no
// submission can know, new for each run.
func Annotations(all []verdict.Student, mark string) ([]byte, error) {
	if mark == "" {
		return nil, fmt.Errorf("annotations need a mark that no submission knows")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "::stop-commands::%s\n", mark)
	for _, s := range all {
		fmt.Fprintf(&b, "%s: %s of %s points\n%s", s.Name, verdict.Number(s.Points), verdict.Number(s.Max), overview(s))
		for _, u := range s.Units {
			for _, c := range u.Checks {
				if c.Status == verdict.Failed {
					fmt.Fprintf(&b, "%s\n%s\n", heading(u, c), c.Text)
				}
			}
		}
	}
	fmt.Fprintf(&b, "::%s::\n", mark)
	n := 0
	for _, s := range all {
		for _, u := range s.Units {
			if u.Status == verdict.Passed {
				continue
			}
			if n++; n <= annotationLimit {
				fmt.Fprintf(&b, "::error title=%s::%s\n", property(s.Name+" "+u.Exercise), data(u.Says+failing(u)))
			}
		}
	}
	if n > annotationLimit {
		fmt.Fprintf(&b, "::notice title=More::%d more are in the log and in the summary\n", n-annotationLimit)
	}
	return b.Bytes(), nil
}

// failing lists what failed, a line each.
func failing(u verdict.Unit) string {
	var b strings.Builder
	for _, c := range u.Checks {
		if c.Status == verdict.Failed {
			fmt.Fprintf(&b, "\n%s: %s", c.ID, c.Sentence)
		}
	}
	return b.String()
}

// data and property quote as the toolkit of GitHub Actions does.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

// Summary writes a job summary: a table of the class, and below it what failed.
// It is HTML without an empty line, which Markdown passes on as it is, with
// every sign that Markdown could know as a character reference.
func Summary(all []verdict.Student) []byte {
	var b bytes.Buffer
	b.WriteString("<table>\n<tr><th>student</th>")
	if len(all) > 0 {
		for _, u := range all[0].Units {
			fmt.Fprintf(&b, "<th>%s</th>", refer(u.Exercise))
		}
	}
	b.WriteString("<th>points</th></tr>\n")
	var rows, details []string
	for _, s := range all {
		rows = append(rows, summaryRow(s))
		details = append(details, summaryOf(s))
	}
	whole := appendBelow(&b, rows)
	b.WriteString("</table>\n")
	if !appendBelow(&b, details) || !whole {
		b.WriteString("<p>The rest does not fit into a job summary. It is in the other reports.</p>\n")
	}
	return b.Bytes()
}

// appendBelow appends parts as long as they fit into a job summary, and reports
// whether all did.
func appendBelow(b *bytes.Buffer, parts []string) bool {
	for _, p := range parts {
		if b.Len()+len(p) > summaryLimit-200 {
			return false
		}
		b.WriteString(p)
	}
	return true
}

func summaryRow(s verdict.Student) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<tr><td>%s</td>", refer(s.Name))
	for _, u := range s.Units {
		fmt.Fprintf(&b, "<td>%s</td>", refer(brief(u)))
	}
	fmt.Fprintf(&b, "<td>%s of %s</td></tr>\n", orUnknown(sum(s)), verdict.Number(s.Max))
	return b.String()
}

// brief is what fits into a cell.
func brief(u verdict.Unit) string {
	if u.State == book.Graded {
		return fmt.Sprintf("%s %d/%d", u.Status, u.Core.Passed+u.Hardened.Passed, u.Core.Of+u.Hardened.Of)
	}
	return string(u.State)
}

func orUnknown(points string) string {
	if points == "" {
		return "?"
	}
	return points
}

func summaryOf(s verdict.Student) string {
	var b strings.Builder
	for _, u := range s.Units {
		for _, c := range u.Checks {
			if c.Status == verdict.Failed {
				fmt.Fprintf(&b, "<details><summary>%s: %s</summary><pre>%s</pre></details>\n",
					refer(s.Name), refer(heading(u, c)), refer(explained(u, c)))
			}
		}
	}
	return b.String()
}

// refer quotes text for HTML inside of Markdown.
func refer(s string) string {
	var b strings.Builder
	for _, r := range stdhtml.EscapeString(s) {
		// The signs of character references themselves stay.
		if r == '\n' || r < 0x80 && strings.ContainsRune("\\`*_{}[]()+-.!|~@:/$^=\"'", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
