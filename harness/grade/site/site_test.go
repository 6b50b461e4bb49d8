package site_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/site"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/report/look/dom"
)

func render(t *testing.T, write func(io.Writer) error) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	doc, err := html.Parse(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	return b.String(), doc
}

func matrix(t *testing.T, b *book.Book) (string, *html.Node) {
	t.Helper()
	return render(t, func(w io.Writer) error { return site.Matrix(w, b, verdict.Class(b, verdict.Full)) })
}

// safe wants a page in which nothing of a submission is markup, that loads
// nothing, and whose policy allows its own style and scripts alone.
func safe(t *testing.T, page string, doc *html.Node, scripts int) {
	t.Helper()
	require.True(t, utf8.ValidString(page))
	for _, r := range page {
		require.True(t, r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r), "%q is in the page", r)
	}
	for d := range doc.Descendants() {
		require.NotEqual(t, html.CommentNode, d.Type)
		require.NotContains(t, []string{"img", "link", "iframe", "object", "embed", "base", "textarea"}, d.Data)
		for _, a := range d.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src", "%s has %s", d.Data, a.Key)
			if a.Key == "href" {
				require.Regexp(t, `^(#[a-z0-9-]+|students/[a-z0-9-]+\.html(#[a-z0-9-]+)?)$`, a.Val)
			}
		}
	}
	require.Len(t, dom.Elements(doc, "script"), scripts)
	policy := dom.Attr(dom.Elements(doc, "meta")[1], "content")
	for _, e := range append(dom.Elements(doc, "script"), dom.Elements(doc, "style")...) {
		sum := sha256.Sum256([]byte(dom.Text(e)))
		require.Contains(t, policy, e.Data+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	require.True(t, strings.HasPrefix(policy, "default-src 'none'; "))
}

func TestMatrixOfHostileNames(t *testing.T) {
	t.Parallel()
	b := booktest.New()
	page, doc := matrix(t, b)
	safe(t, page, doc, 1)
	rows := dom.Elements(dom.Elements(doc, "tbody")[0], "tr")
	for i, s := range verdict.Class(b, verdict.Full) {
		require.Equal(t, s.Name, dom.Text(dom.Elements(rows[i], "th")[0]))
		cells := dom.Elements(rows[i], "td")
		require.Len(t, cells, len(s.Units)+1)
		for j, u := range s.Units {
			link := dom.Elements(cells[j], "a")[0]
			require.Equal(t, site.StudentFile(s)+"#e"+u.Exercise, dom.Attr(link, "href"))
			require.True(t, strings.HasPrefix(dom.Attr(link, "title"), u.Exercise+": "+u.Says))
		}
	}
}

func TestPagesOfHostileStudents(t *testing.T) {
	t.Parallel()
	b := booktest.New()
	for _, s := range verdict.Class(b, verdict.Full) {
		page, doc := render(t, func(w io.Writer) error { return site.Student(w, b, s) })
		safe(t, page, doc, 0)
		require.Equal(t, s.Name, dom.Text(dom.Elements(doc, "h1")[0]))
		var pres []string
		for _, pre := range dom.Elements(doc, "pre") {
			pres = append(pres, dom.Text(pre))
		}
		for _, u := range s.Units {
			require.Contains(t, dom.Text(doc), u.Says)
			for _, c := range u.Checks {
				if c.Text != "" {
					require.Contains(t, pres, c.Text)
				}
			}
		}
	}
}

// TestAStudentsPageNamesNobodyElse because it is handed out.
func TestAStudentsPageNamesNobodyElse(t *testing.T) {
	t.Parallel()
	b := booktest.Class(3)
	all := verdict.Class(b, verdict.Full)
	page, _ := render(t, func(w io.Writer) error { return site.Student(w, b, all[0]) })
	for _, s := range all[1:] {
		require.NotContains(t, page, s.Name)
		require.NotContains(t, page, s.File)
	}
}

func TestHardestComesFirst(t *testing.T) {
	t.Parallel()
	e := booktest.Exercises()[0]
	b := &book.Book{Exercises: []book.Exercise{e}}
	for i, name := range []string{"a", "b", "c"} {
		u := book.Unit{Exercise: e.Name, State: book.Graded}
		for j := range e.Requirements {
			u.Results = append(u.Results, book.Result{Requirement: e.Requirements[j].ID, Passed: i >= j})
		}
		b.Students = append(b.Students, book.Student{Name: name, Units: []book.Unit{u}})
	}
	_, doc := matrix(t, b)
	var got []string
	for _, button := range dom.Elements(doc, "button") {
		if dom.Attr(button, "class") == "pick" {
			got = append(got, strings.Join(strings.Fields(dom.Text(button)), " "))
		}
	}
	require.Equal(t, []string{
		"01-dial R3 Dial gives up when the context is done 2 of 3 failed",
		"01-dial R2 A refused connection is an error 1 of 3 failed",
	}, got)
}

// TestOrderOfACell: what is complete comes first, whatever else passed. A late
// student is done, too.
func TestOrderOfACell(t *testing.T) {
	t.Parallel()
	e := booktest.Exercises()[1]
	b := &book.Book{Exercises: []book.Exercise{e}}
	for _, passed := range []string{"R1 R2", "R1 R3 R4 R5", ""} {
		u := book.Unit{Exercise: e.Name, State: book.Graded, Late: true, Complete: strings.HasPrefix(passed, "R1 R2")}
		for _, q := range e.Requirements {
			u.Results = append(u.Results, book.Result{Requirement: q.ID, Passed: strings.Contains(passed, q.ID)})
		}
		b.Students = append(b.Students, book.Student{Units: []book.Unit{u}})
	}
	_, doc := matrix(t, b)
	var orders []float64
	for _, tr := range dom.Elements(dom.Elements(doc, "tbody")[0], "tr") {
		order, err := strconv.ParseFloat(dom.Attr(dom.Elements(tr, "td")[0], "data-order"), 64)
		require.NoError(t, err)
		orders = append(orders, order)
		require.Equal(t, len(orders) == 1, strings.Contains(dom.Attr(tr, "data-kinds"), " done "))
	}
	require.Greater(t, orders[0], orders[1])
	require.Greater(t, orders[1], orders[2])
}

func TestAnEmptyBook(t *testing.T) {
	t.Parallel()
	page, doc := matrix(t, &book.Book{Exercises: booktest.Exercises()})
	safe(t, page, doc, 1)
	require.Contains(t, page, "0 students, 3 exercises")
	page, _ = matrix(t, &book.Book{Exercises: booktest.Exercises()[:1]})
	require.Contains(t, page, "0 students, 1 exercise.")
}

func TestScoring(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy book.Policy
		want   string
	}{
		{book.Policy{LateFactor: 1}, "An exercise counts as a whole: it is complete when every core requirement passes."},
		{book.Policy{Points: true, Core: 1, Hardened: 0.5, Deadline: "2026-11-20T23:59:00Z"}, "A core requirement is worth 1, a hardened one 0.5. What came after 2026-11-20T23:59:00Z gets no points."},
		{book.Policy{Deadline: "2026-11-20T23:59:00Z", LateFactor: 0.5}, "complete when every core requirement passes. What came after 2026-11-20T23:59:00Z gets 50 % of its points."},
		{book.Policy{Deadline: "2026-11-20T23:59:00Z", LateFactor: 1}, "is marked as late and keeps its points."},
	} {
		page, _ := matrix(t, &book.Book{Policy: c.policy})
		require.Contains(t, page, c.want)
	}
}
