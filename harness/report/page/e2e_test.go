//go:build e2e

package page_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"socketkata/harness/report/look/browser"
)

// TestBrowser looks at the page in a real Chromium, with scripts switched off
// wherever the page could profit from one.
func TestBrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, []byte(write(t, samplePage())), 0o644))
	b := browser.Start(t)
	t.Run("is quiet and asks for nothing", func(t *testing.T) {
		p := b.Open(t, file, browser.Look{Width: 1280, Height: 900, Scripts: true})
		p.Unfold()
		p.Quiet()
	})
	t.Run("takes nothing of the learner's for markup", func(t *testing.T) {
		p := b.Open(t, file, browser.Desk)
		require.Zero(t, browser.Ask[int](p, `document.querySelectorAll("script, img, [onerror], iframe, object, link").length`))
		require.Equal(t, 1, browser.Ask[int](p, `document.querySelectorAll("body > footer").length`), "nothing closes an element early")
	})
	t.Run("fits", func(t *testing.T) {
		for _, l := range []browser.Look{browser.Phone, {Width: 320, Height: 600}, {Width: 800, Height: 600}, browser.Desk, {Width: 700, Height: 900, Media: "print"}} {
			p := b.Open(t, file, l)
			p.Unfold()
			require.LessOrEqual(t, browser.Ask[int](p, `document.documentElement.scrollWidth`), int(l.Width), "at %d", l.Width)
			p.Check("inside.js")
		}
	})
	t.Run("can be read in light and in dark", func(t *testing.T) {
		grounds := map[string]bool{}
		for _, l := range []browser.Look{browser.Desk, browser.Dark, browser.Phone, {Width: 700, Height: 900, Dark: true, Media: "print"}} {
			p := b.Open(t, file, l)
			p.Unfold()
			p.Check("contrast.js")
			if l.Media == "" {
				grounds[browser.Ask[string](p, `getComputedStyle(document.body).backgroundColor`)] = true
			}
		}
		require.Len(t, grounds, 2, "dark is another colour than light")
	})
	t.Run("names every picture", func(t *testing.T) {
		p := b.Open(t, file, browser.Desk)
		p.Unfold()
		p.Check("named.js")
	})
	t.Run("shows bytes under the pointer", func(t *testing.T) {
		p := b.Open(t, file, browser.Desk)
		require.Empty(t, browser.Ask[string](p, shown))
		at := browser.Ask[[]float64](p, row(2))
		p.Do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
		requireBytes(t, p)
	})
	t.Run("shows bytes by keyboard", func(t *testing.T) {
		p := b.Open(t, file, browser.Desk)
		const limit = 60
		for i := 0; i < limit && browser.Ask[string](p, shown) == ""; i++ {
			p.Do(chromedp.KeyEvent(kb.Tab))
		}
		p.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
		requireBytes(t, p)
		require.NotEqual(t, "none", browser.Ask[string](p, `getComputedStyle(document.activeElement).outlineStyle`), "the focus is seen")
		p.Shoot("keyboard", false)
	})
	t.Run("shows bytes to a finger", func(t *testing.T) {
		p := b.Open(t, file, browser.Phone)
		at := browser.Ask[[]float64](p, row(2))
		p.Do(chromedp.TapXY(at[0], at[1]))
		requireBytes(t, p)
		p.Check("inside.js")
		p.Shoot("tap", false)
	})
	t.Run("prints", func(t *testing.T) {
		p := b.Open(t, file, browser.Dark)
		pdf, err := chromedp.Run(p.Ctx, chromedp.PrintToPDF())
		require.NoError(t, err)
		require.Equal(t, "%PDF-", string(pdf[:5]))
		p.Keep("print.pdf", pdf)
	})
	t.Run("pictures", func(t *testing.T) {
		for name, l := range map[string]browser.Look{"light": browser.Desk, "dark": browser.Dark, "narrow": browser.Phone} {
			b.Open(t, file, l).Shoot(name, true)
		}
	})
}

// row scrolls to the n-th row of the first failed conversation and says where
// its middle is.
func row(n int) string {
	return `(() => {
		const li = document.querySelectorAll("details.failed .events li[tabindex]")[` + string(rune('0'+n)) + `];
		li.scrollIntoView({block: "center"});
		const r = li.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`
}

// shown is the text of the tips that can be seen.
const shown = `[...document.querySelectorAll(".tip")].filter(t => t.getBoundingClientRect().width > 1 &&
	document.elementsFromPoint(t.getBoundingClientRect().x + 20, t.getBoundingClientRect().y + 10).includes(t)).map(t => t.innerText).join("\n")`

// requireBytes wants one tip, with the time, the bytes as text and in hex.
func requireBytes(t *testing.T, p *browser.Tab) {
	t.Helper()
	text := browser.Ask[string](p, shown)
	require.Contains(t, text, "0.3ms")
	require.Contains(t, text, "client 1 sends 5 bytes to your server")
	require.Contains(t, text, `"ping\n"`)
	require.Contains(t, text, "0000  70 69 6e 67 0a")
}
