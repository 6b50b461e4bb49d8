//go:build e2e

package page_test

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// TestBrowser looks at the page in a real Chromium, with scripts switched off
// wherever the page could profit from one.
func TestBrowser(t *testing.T) {
	b := openBrowser(t, samplePage())
	t.Run("is quiet and asks for nothing", func(t *testing.T) {
		p := b.open(t, look{width: 1280, height: 900, scripts: true})
		p.unfold()
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(t, p.complaints)
		require.Len(t, p.requests, 1, "the page itself")
	})
	t.Run("takes nothing of the learner's for markup", func(t *testing.T) {
		p := b.open(t, desk)
		require.Zero(t, ask[int](p, `document.querySelectorAll("script, img, [onerror], iframe, object, link").length`))
		require.Equal(t, 1, ask[int](p, `document.querySelectorAll("body > footer").length`), "nothing closes an element early")
	})
	t.Run("fits", func(t *testing.T) {
		for _, l := range []look{phone, {width: 320, height: 600}, {width: 800, height: 600}, desk, {width: 700, height: 900, media: "print"}} {
			p := b.open(t, l)
			p.unfold()
			require.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), int(l.width), "at %d", l.width)
			require.Empty(t, ask[[]string](p, script(t, "inside.js")), "at %d", l.width)
		}
	})
	t.Run("can be read in light and in dark", func(t *testing.T) {
		grounds := map[string]bool{}
		for _, l := range []look{desk, dark, phone, {width: 700, height: 900, dark: true, media: "print"}} {
			p := b.open(t, l)
			p.unfold()
			require.Empty(t, ask[[]string](p, script(t, "contrast.js")), "%+v", l)
			if l.media == "" {
				grounds[ask[string](p, `getComputedStyle(document.body).backgroundColor`)] = true
			}
		}
		require.Len(t, grounds, 2, "dark is another colour than light")
	})
	t.Run("names every picture", func(t *testing.T) {
		p := b.open(t, desk)
		p.unfold()
		require.Empty(t, ask[[]string](p, script(t, "named.js")))
	})
	t.Run("shows bytes under the pointer", func(t *testing.T) {
		p := b.open(t, desk)
		require.Empty(t, ask[string](p, shown))
		at := ask[[]float64](p, row(2))
		p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
		requireBytes(t, p)
	})
	t.Run("shows bytes by keyboard", func(t *testing.T) {
		p := b.open(t, desk)
		const limit = 60
		for i := 0; i < limit && ask[string](p, shown) == ""; i++ {
			p.do(chromedp.KeyEvent(kb.Tab))
		}
		p.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
		requireBytes(t, p)
		require.NotEqual(t, "none", ask[string](p, `getComputedStyle(document.activeElement).outlineStyle`), "the focus is seen")
		p.shoot("keyboard", false)
	})
	t.Run("shows bytes to a finger", func(t *testing.T) {
		p := b.open(t, phone)
		at := ask[[]float64](p, row(2))
		p.do(chromedp.TapXY(at[0], at[1]))
		requireBytes(t, p)
		require.Empty(t, ask[[]string](p, script(t, "inside.js")))
		p.shoot("tap", false)
	})
	t.Run("prints", func(t *testing.T) {
		p := b.open(t, dark)
		pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
		require.NoError(t, err)
		require.Equal(t, "%PDF-", string(pdf[:5]))
		p.keep("print.pdf", pdf)
	})
	t.Run("pictures", func(t *testing.T) {
		for name, l := range map[string]look{"light": desk, "dark": dark, "narrow": phone} {
			b.open(t, l).shoot(name, true)
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
func requireBytes(t *testing.T, p *tab) {
	t.Helper()
	text := ask[string](p, shown)
	require.Contains(t, text, "0.3ms")
	require.Contains(t, text, "client 1 sends 5 bytes to your server")
	require.Contains(t, text, `"ping\n"`)
	require.Contains(t, text, "0000  70 69 6e 67 0a")
}
