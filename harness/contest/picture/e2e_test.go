//go:build e2e

package picture

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/report/look/browser"
)

// TestBrowser looks at the picture in a real Chromium.
func TestBrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.html")
	require.NoError(t, os.WriteFile(file, []byte(write(t, sample())), 0o644))
	b := browser.Start(t)
	t.Run("is quiet and asks for nothing", func(t *testing.T) {
		b.Open(t, file, browser.Look{Width: 1280, Height: 900, Scripts: true}).Quiet()
	})
	for name, l := range map[string]browser.Look{"light": browser.Desk, "dark": browser.Dark, "narrow": browser.Phone,
		"narrower": {Width: 320, Height: 600}, "print": {Width: 700, Height: 900, Dark: true, Media: "print"}} {
		t.Run("fits and can be read: "+name, func(t *testing.T) {
			p := b.Open(t, file, l)
			require.LessOrEqual(t, browser.Ask[int](p, `document.documentElement.scrollWidth`), int(l.Width))
			p.Check("inside.js")
			p.Check("contrast.js")
			p.Check("named.js")
			require.Empty(t, browser.Ask[[]string](p, namesOutside), "names that reach out of their drawing")
			p.Shoot(name, true)
		})
	}
}

const namesOutside = `[...document.querySelectorAll("svg text")].filter(e => {
	const r = e.getBoundingClientRect(), box = e.closest("svg").getBoundingClientRect();
	return r.right > box.right + 1 || r.left < box.left - 1;
}).map(e => e.textContent)`
