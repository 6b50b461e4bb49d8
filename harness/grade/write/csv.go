package write

import (
	"bytes"
	"encoding/csv"
	"strings"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
)

// csvFiles are the gradebook, a row for each student, and the scores, a row for
// each student and exercise.
func csvFiles(c class, _ Options) []file {
	wide, err := Gradebook(c.book, c.students)
	long, failed := Scores(c.book, c.students)
	return []file{{"gradebook.csv", wide, err}, {"scores.csv", long, failed}}
}

// Gradebook writes a row for each student and a column of points for each
// exercise, with the maximum in its title: Moodle refuses a whole file if one of its
// rows is about no student. A unit of which the grader says nothing has an empty
// cell: it is not a zero, and then the total is empty, too.
func Gradebook(b *book.Book, all []verdict.Student) ([]byte, error) {
	head := []string{"student"}
	total := 0.0
	for _, e := range b.Exercises {
		head = append(head, of(e.Name, e.Max))
		total += e.Max
	}
	rows := [][]string{append(head, of("total", total))}
	for _, s := range all {
		row := []string{s.Name}
		for _, u := range s.Units {
			row = append(row, points(u))
		}
		rows = append(rows, append(row, sum(s)))
	}
	return writeCSV(rows)
}

// Scores writes the columns that nbgrader exports, which other programs read,
// and after them what became of the unit.
func Scores(b *book.Book, all []verdict.Student) ([]byte, error) {
	rows := [][]string{{"assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
		"raw_score", "late_submission_penalty", "score", "max_score", "late", "complete", "says"}}
	for _, s := range all {
		for _, u := range s.Units {
			raw, penalty := points(u), "0"
			if f := b.Policy.LateFactor; u.Late && raw != "" {
				if raw, penalty = "", ""; f > 0 { // a refused submission has no points to speak of
					raw, penalty = verdict.Number(u.Points/f), verdict.Number(u.Points/f-u.Points)
				}
			}
			rows = append(rows, []string{u.Exercise, b.Policy.Deadline, "", s.Name, "", "", "", raw, penalty, points(u),
				verdict.Number(u.Max), yes(u.Late), yes(u.Status == verdict.Passed), u.Says})
		}
	}
	return writeCSV(rows)
}

func of(name string, points float64) string { return name + " (of " + verdict.Number(points) + ")" }

// points are the cell of a unit.
func points(u verdict.Unit) string {
	if u.Status == verdict.GraderFault {
		return ""
	}
	return verdict.Number(u.Points)
}

func sum(s verdict.Student) string {
	if s.Fault {
		return ""
	}
	return verdict.Number(s.Points)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// writeCSV writes rows with the line ends of RFC 4180. Cells that a spreadsheet
// would run as formulas become text.
func writeCSV(rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = inert(cell)
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// inert puts an apostrophe before what a spreadsheet may take for a formula:
// OWASP lists =, +, -, @, tab and carriage return, and the wide forms of the
// first four. Blanks before them do not help. No number of a report is negative.
func inert(cell string) string {
	rest := strings.TrimLeft(cell, " \u3000")
	if rest != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(rest)[0]) {
		return "'" + cell
	}
	return cell
}
