// Package site writes a book as static HTML: a matrix of the class, and a page
// for each student that names nobody else, so it can be handed out.
//
// A page is one file and needs nothing but a browser: no network and no other
// file. The matrix has a script for sorting and filtering, without which it is a
// table with links. A Content-Security-Policy allows the page's own style and
// script and nothing else.
package site

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/report/look"
)

//go:embed matrix.html student.html style.css matrix.js
var files embed.FS

// StudentFile is where the matrix looks for a student's page, relative to its own
// folder.
func StudentFile(s verdict.Student) string { return "students/" + s.File + ".html" }

// Matrix writes the page of the class: what is hardest, and a table of students
// and exercises.
func Matrix(w io.Writer, b *book.Book, all []verdict.Student) error {
	return write(w, "matrix.html", read("matrix.js"), newMatrix(b, all))
}

// Student writes the page of one student.
func Student(w io.Writer, b *book.Book, s verdict.Student) error {
	return write(w, "student.html", "", newStudent(b, s))
}

// A page is what both templates get.
type page struct {
	Policy string
	Style  template.CSS
	Script template.JS
	View   any
}

func write(w io.Writer, name, script string, view any) error {
	t, err := template.New(name).Funcs(template.FuncMap{"number": verdict.Number, "count": count}).ParseFS(files, name)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	css := look.Base + read("style.css")
	p := page{Policy: look.Policy(css, script), Style: template.CSS(css), Script: template.JS(script), View: view}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// read returns a file that is compiled in.
func read(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the build would have failed
	}
	return string(text)
}

// scoring says in a sentence how results became points.
func scoring(p book.Policy) string {
	s := "An exercise counts as a whole: it is complete when every core requirement passes."
	if p.Points {
		s = fmt.Sprintf("A core requirement is worth %s, a hardened one %s.", verdict.Number(p.Core), verdict.Number(p.Hardened))
	}
	switch {
	case p.Deadline == "":
		return s
	case p.LateFactor == 0:
		return s + fmt.Sprintf(" What came after %s gets no points.", p.Deadline)
	case p.LateFactor == 1:
		return s + fmt.Sprintf(" What came after %s is marked as late and keeps its points.", p.Deadline)
	}
	return s + fmt.Sprintf(" What came after %s gets %s %% of its points.", p.Deadline, verdict.Number(100*p.LateFactor))
}

// count is "1 student" or "2 students".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
