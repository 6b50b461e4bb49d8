package write

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/grade/verdict"
)

// The columns by which Canvas knows a student. It needs the first two.
var canvasColumns = []string{"Student", "ID", "SIS User ID", "SIS Login ID", "Section"}

func canvasFile(c class, o Options) []file {
	text, err := Canvas(o.Roster, c.students)
	return []file{{"canvas.csv", text, err}}
}

// Canvas fills in a gradebook that was exported from Canvas: it keeps the columns
// that name a student, and writes a column of points for each exercise. A column
// "05-echo (4711)" of the export is written under that name, so that the points
// go to the assignment 4711; any other becomes a new assignment. A student is
// found by ID, SIS User ID, SIS Login ID or name. Who is not in the export is an
// error: nobody's points may be lost unnoticed.
func Canvas(roster []byte, all []verdict.Student) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(roster, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the roster: %w", err)
	}
	if len(rows) == 0 || len(rows[0]) == 0 || rows[0][0] != "Student" || !slices.Contains(rows[0], "ID") {
		return nil, fmt.Errorf("read the roster: its first columns are not Student and ID: export the gradebook from Canvas")
	}
	t := canvasTable{head: rows[0], found: map[int]bool{}}
	for _, name := range canvasColumns {
		if i := slices.Index(t.head, name); i >= 0 {
			t.keep = append(t.keep, i)
		}
	}
	t.out = [][]string{t.titles(all)}
	for _, row := range rows[1:] {
		if i := t.student(row, all); i >= 0 {
			t.found[i] = true
			t.out = append(t.out, t.row(row, all[i]))
		}
	}
	var lost []string
	for i, s := range all {
		if !t.found[i] {
			lost = append(lost, s.Name)
		}
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("the roster has no ID, SIS User ID, SIS Login ID or Student called: %s", strings.Join(lost, ", "))
	}
	return writeCSV(t.out)
}

type canvasTable struct {
	head  []string
	keep  []int // columns
	found map[int]bool
	out   [][]string
}

func (t canvasTable) titles(all []verdict.Student) []string {
	var out []string
	for _, i := range t.keep {
		out = append(out, t.head[i])
	}
	if len(all) == 0 {
		return out
	}
	for _, u := range all[0].Units {
		title := u.Exercise
		for _, h := range t.head {
			if strings.HasPrefix(h, u.Exercise+" (") && strings.HasSuffix(h, ")") {
				title = h
			}
		}
		out = append(out, title)
	}
	return out
}

// student returns the index of the student that a row is about, or -1.
func (t canvasTable) student(row []string, all []verdict.Student) int {
	for _, name := range []string{"ID", "SIS User ID", "SIS Login ID", "Student"} {
		column := slices.Index(t.head, name)
		if column < 0 || row[column] == "" {
			continue
		}
		if i := slices.IndexFunc(all, func(s verdict.Student) bool { return strings.EqualFold(s.Name, row[column]) }); i >= 0 {
			return i
		}
	}
	return -1
}

func (t canvasTable) row(row []string, s verdict.Student) []string {
	var out []string
	for _, i := range t.keep {
		out = append(out, row[i])
	}
	for _, u := range s.Units {
		out = append(out, points(u))
	}
	return out
}
