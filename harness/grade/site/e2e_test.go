//go:build e2e

package site_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/site"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/report/look/browser"
)

// publish writes the pages of a book and returns the path of the matrix and
// those of the students.
func publish(t *testing.T, b *book.Book) (string, []string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "students"), 0o755))
	file := func(name string, write func(io.Writer) error) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		text, _ := render(t, write)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	all := verdict.Class(b, verdict.Full)
	var students []string
	for _, s := range all {
		students = append(students, file(site.StudentFile(s), func(w io.Writer) error { return site.Student(w, b, s) }))
	}
	return file("index.html", func(w io.Writer) error { return site.Matrix(w, b, all) }), students
}

var (
	desk  = scripted(browser.Desk)
	dark  = scripted(browser.Dark)
	phone = scripted(browser.Phone)
)

func scripted(l browser.Look) browser.Look {
	l.Scripts = true
	return l
}

// TestBrowser looks at the pages of a class of 30 in a real Chromium.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	class, students := publish(t, booktest.Class(30))
	hostile, hostiles := publish(t, booktest.New())
	all := []string{class, students[0], hostile, hostiles[0], hostiles[12]}
	t.Run("is quiet and asks for nothing", func(t *testing.T) {
		for _, file := range all {
			p := b.Open(t, file, desk)
			p.Unfold()
			p.Quiet()
			require.Zero(t, browser.Ask[int](p, `document.querySelectorAll("img, [onerror], iframe, object, link").length`))
			require.Equal(t, 1, browser.Ask[int](p, `document.querySelectorAll("body > footer").length`), "nothing closes an element early")
		}
	})
	t.Run("fits", func(t *testing.T) {
		for _, l := range []browser.Look{phone, desk} {
			for _, file := range []string{class, students[3], hostile, hostiles[23]} {
				p := b.Open(t, file, l)
				p.Unfold()
				require.LessOrEqual(t, browser.Ask[int](p, `document.documentElement.scrollWidth`), int(l.Width), "%s at %d", file, l.Width)
				p.Check("inside.js")
			}
		}
	})
	t.Run("can be read in light and in dark", func(t *testing.T) {
		for _, file := range []string{class, students[5], hostiles[2]} {
			for _, l := range []browser.Look{desk, dark} {
				p := b.Open(t, file, l)
				p.Unfold()
				p.Check("contrast.js")
			}
		}
	})
	t.Run("has names and levels", func(t *testing.T) {
		b.Open(t, students[0], desk).Check("named.js")
		p := b.Open(t, class, desk)
		require.Empty(t, browser.Ask[[]string](p, `[...document.querySelectorAll("input, select, button, a")].filter(e =>
			!(e.labels?.[0]?.textContent ?? e.textContent).trim()).map(e => e.outerHTML)`))
	})
	t.Run("sorts", func(t *testing.T) { sorts(t, b, class) })
	t.Run("filters", func(t *testing.T) { filters(t, b, class) })
	t.Run("works by keyboard", func(t *testing.T) { keyboard(t, b, class) })
	t.Run("opens the student", func(t *testing.T) {
		p := b.Open(t, class, desk)
		require.Equal(t, len(students)*13, browser.Ask[int](p, `document.querySelectorAll("tbody a").length`))
		name := browser.Ask[string](p, `document.querySelectorAll("tbody th a")[3].textContent`)
		p.Do(chromedp.Navigate(browser.Ask[string](p, `document.querySelectorAll("tbody tr")[3].cells[2].querySelector("a").href`)))
		require.Equal(t, name, browser.Ask[string](p, `document.querySelector("h1").textContent`))
		require.True(t, browser.Ask[bool](p, `document.querySelector(location.hash.replace("#", "#\\").replace("\\e", "e")) !== null`))
	})
	t.Run("is a table without scripts", func(t *testing.T) {
		p := b.Open(t, class, browser.Desk)
		require.True(t, browser.Ask[bool](p, `document.getElementById("controls").hidden`))
		require.Equal(t, 30, browser.Ask[int](p, `[...document.querySelectorAll("tbody tr")].filter(r => r.checkVisibility()).length`))
	})
	t.Run("pictures", func(t *testing.T) {
		if os.Getenv("KATA_SHOTS") == "" {
			t.Skip("KATA_SHOTS names no folder for them")
		}
		for name, l := range map[string]browser.Look{"light": desk, "dark": dark, "narrow": phone} {
			b.Open(t, class, l).Shoot("class-"+name, true)
			b.Open(t, students[3], l).Shoot("student-"+name, false)
			b.Open(t, hostile, l).Shoot("hostile-"+name, true)
			b.Open(t, hostiles[16], l).Shoot("hostile-student-"+name, false)
		}
	})
}

// column returns the numbers of a column as they stand in the table.
func column(p *browser.Tab, i string) []float64 {
	return browser.Ask[[]float64](p, `[...document.querySelectorAll("tbody tr")].map(r => Number(r.cells[`+i+`].dataset.order ?? r.dataset.place))`)
}

func sorts(t *testing.T, b *browser.Browser, class string) {
	p := b.Open(t, class, desk)
	for _, i := range []string{"13", "5", "0"} { // points, an exercise, the names
		for _, want := range []string{"ascending", "descending"} {
			if i == "0" && want == "ascending" {
				browser.Ask[int](p, `document.querySelectorAll("thead button")[1].click(), 1`) // away from the names
			}
			browser.Ask[int](p, `document.querySelectorAll("thead button")[`+i+`].click(), 1`)
			got := column(p, i)
			if want == "descending" {
				slices.Reverse(got)
			}
			require.True(t, slices.IsSorted(got), "%s %v", want, got)
			require.Equal(t, []string{want}, browser.Ask[[]string](p, `[...document.querySelectorAll("[aria-sort]")].map(h => h.getAttribute("aria-sort"))`))
		}
	}
	require.Len(t, column(p, "0"), 30, "no row is lost")
}

// seen are the names of the rows that can be seen.
const seen = `[...document.querySelectorAll("tbody tr")].filter(r => r.checkVisibility()).map(r => r.cells[0].textContent)`

func filters(t *testing.T, b *browser.Browser, class string) {
	p := b.Open(t, class, desk)
	p.Do(chromedp.SendKeys("#name", "market"))
	names := browser.Ask[[]string](p, seen)
	require.NotEmpty(t, names)
	for _, n := range names {
		require.Contains(t, strings.ToLower(n), "market")
	}
	require.Contains(t, browser.Ask[string](p, `document.getElementById("shown").textContent`), "of 30 students")
	p.Do(chromedp.SendKeys("#name", "nobody is called that"))
	require.Empty(t, browser.Ask[[]string](p, seen))
	require.True(t, browser.Ask[bool](p, `document.getElementById("nobody").checkVisibility()`))
	p.Do(chromedp.Click("#all"))
	require.Len(t, browser.Ask[[]string](p, seen), 30, "Show all")

	count := browser.Ask[string](p, `document.querySelector(".pick .share").textContent`)
	browser.Ask[int](p, `document.querySelector(".pick").click(), 1`)
	got := browser.Ask[[]string](p, seen)
	require.True(t, strings.HasPrefix(count, strconv.Itoa(len(got))+" of"), "%s, but %d are shown", count, len(got))
	require.Equal(t, "true", browser.Ask[string](p, `document.querySelector(".pick").getAttribute("aria-pressed")`))
	p.Shoot("filtered", false)
	browser.Ask[int](p, `document.querySelector(".pick").click(), 1`)
	require.Len(t, browser.Ask[[]string](p, seen), 30)

	for _, kind := range []string{"done", "open", "missing", "problem", "late", "fault"} {
		browser.Ask[int](p, `(s => { s.value = "`+kind+`"; s.dispatchEvent(new Event("input")); return 1 })(document.getElementById("show"))`)
		n := len(browser.Ask[[]string](p, seen))
		require.Less(t, n, 30, kind)
		if slices.Contains([]string{"missing", "problem", "fault"}, kind) {
			require.NotZero(t, n, kind)
			require.Zero(t, browser.Ask[int](p, `[...document.querySelectorAll("tbody tr:not([hidden])")].filter(r => !r.querySelector("td.`+kind+`")).length`))
		}
	}
}

func keyboard(t *testing.T, b *browser.Browser, class string) {
	p := b.Open(t, class, desk)
	require.Equal(t, 1, browser.Ask[int](p, `document.querySelectorAll('tbody a[tabindex="0"]').length`))
	inside := `document.activeElement.closest("tbody") !== null`
	const limit = 60
	for i := 0; i < limit && !browser.Ask[bool](p, inside); i++ {
		p.Do(chromedp.KeyEvent(kb.Tab))
	}
	require.True(t, browser.Ask[bool](p, inside), "Tab reaches the table")
	at := `[document.activeElement.closest("tr").rowIndex, document.activeElement.closest("th, td").cellIndex]`
	require.Equal(t, []int{1, 0}, browser.Ask[[]int](p, at))
	for _, step := range []struct {
		key  string
		want []int
	}{{kb.ArrowDown, []int{2, 0}}, {kb.ArrowRight, []int{2, 1}}, {kb.ArrowRight, []int{2, 2}}, {kb.ArrowUp, []int{1, 2}},
		{kb.ArrowUp, []int{1, 2}}, {kb.End, []int{1, 12}}, {kb.ArrowRight, []int{1, 12}}, {kb.Home, []int{1, 0}}, {kb.ArrowLeft, []int{1, 0}}} {
		p.Do(chromedp.KeyEvent(step.key))
		require.Equal(t, step.want, browser.Ask[[]int](p, at))
	}
	p.Do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowRight))
	require.NotEqual(t, "none", browser.Ask[string](p, `getComputedStyle(document.activeElement.closest("td")).outlineStyle`), "the focus is seen")
	p.Shoot("keyboard", false)
	p.Do(chromedp.KeyEvent(kb.Tab))
	require.False(t, browser.Ask[bool](p, inside), "one Tab leaves the table")
}
