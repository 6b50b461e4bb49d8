//go:build e2e

package page_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"socketkata/harness/report/page"
)

// A browser is a headless Chromium.
type browser struct {
	ctx  context.Context
	file string // the page
}

// A tab shows the page, and notes whatever it complains about and asks for.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// A look is how a tab shows the page.
type look struct {
	width, height int64
	dark, touch   bool
	scripts       bool   // run; the page claims to need none
	media         string // "print"
}

var (
	desk  = look{width: 1280, height: 900}
	dark  = look{width: 1280, height: 900, dark: true}
	phone = look{width: 360, height: 740, touch: true}
)

// openBrowser starts Chromium. It has half a minute to do so.
func openBrowser(t *testing.T, p page.Page) *browser {
	t.Helper()
	b := &browser{file: filepath.Join(t.TempDir(), "report.html")}
	require.NoError(t, os.WriteFile(b.file, []byte(write(t, p)), 0o644))
	options := slices.Clone(chromedp.DefaultExecAllocatorOptions[:])
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium does not run as root with it
	}
	options = append(options, chromedp.WSURLReadTimeout(30*time.Second))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	err := chromedp.Do(ctx)
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("no Chromium or Chrome in PATH: these tests need one (Debian: apt-get install chromium)")
	}
	require.NoError(t, err)
	b.ctx = ctx
	return b
}

// open shows the page in a tab of its own. With scripts switched off, what the
// test itself evaluates runs all the same.
func (b *browser) open(t *testing.T, l look) *tab {
	t.Helper()
	page := &tab{t: t}
	ctx, leave := chromedp.NewContext(b.ctx, chromedp.WithListener(page.note))
	t.Cleanup(leave)
	require.NoError(t, chromedp.Do(ctx))
	page.ctx, leave = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(leave)
	viewport := []chromedp.EmulateViewportOption{chromedp.EmulateScale(2)}
	if l.touch {
		viewport = append(viewport, chromedp.EmulateTouch, chromedp.EmulateMobile)
	}
	page.do(chromedp.EmulateViewport(l.width, l.height, viewport...))
	scheme := map[bool]string{true: "dark", false: "light"}[l.dark]
	_, err := chromedp.Call(page.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: l.media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	require.NoError(t, err)
	_, err = chromedp.Call(page.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.scripts})
	require.NoError(t, err)
	page.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.ToSlash(b.file)}).String()))
	return page
}

// note keeps what a page that is right never does.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		p.complaints = append(p.complaints, e.Entry.Text)
	case *runtime.EventExceptionThrown:
		p.complaints = append(p.complaints, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		p.complaints = append(p.complaints, "console."+string(e.Type))
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, steps...))
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	require.NoError(p.t, err, expression)
	return v
}

// unfold opens everything that can be opened.
func (p *tab) unfold() {
	ask[int](p, `document.querySelectorAll("details").forEach(d => d.open = true), 1`)
}

// shoot keeps a picture of the window, or of the whole page.
func (p *tab) shoot(name string, whole bool) {
	p.t.Helper()
	if os.Getenv(shots) == "" {
		return
	}
	shot := chromedp.CaptureScreenshot()
	if whole {
		shot = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(p.ctx, shot)
	require.NoError(p.t, err)
	p.keep(name+".png", png)
}

// shots is the variable that names a folder for pictures to look at.
const shots = "KATA_SHOTS"

func (p *tab) keep(name string, data []byte) {
	p.t.Helper()
	if dir := os.Getenv(shots); dir != "" {
		require.NoError(p.t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
}

// script reads a file of checks that run in the page.
func script(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return strings.TrimSpace(string(text))
}
