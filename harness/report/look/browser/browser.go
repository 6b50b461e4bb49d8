//go:build e2e

package browser

import (
	"context"
	"embed"
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
)

// A Browser is a headless Chromium.
type Browser struct{ ctx context.Context }

// A Tab shows a page, and notes whatever it complains about and asks for.
type Tab struct {
	Ctx context.Context
	t   *testing.T

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// A Look is how a tab shows a page.
type Look struct {
	Width, Height int64
	Dark, Touch   bool
	Scripts       bool   // run
	Media         string // "print"
}

// The usual looks, without scripts.
var (
	Desk  = Look{Width: 1280, Height: 900}
	Dark  = Look{Width: 1280, Height: 900, Dark: true}
	Phone = Look{Width: 360, Height: 740, Touch: true}
)

// Start starts Chromium. It has half a minute to do so.
func Start(t *testing.T) *Browser {
	t.Helper()
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
	return &Browser{ctx}
}

// Open shows a file in a tab of its own. With scripts switched off, what the
// test itself evaluates runs all the same.
func (b *Browser) Open(t *testing.T, file string, l Look) *Tab {
	t.Helper()
	page := &Tab{t: t}
	ctx, leave := chromedp.NewContext(b.ctx, chromedp.WithListener(page.note))
	t.Cleanup(leave)
	require.NoError(t, chromedp.Do(ctx))
	page.Ctx, leave = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(leave)
	viewport := []chromedp.EmulateViewportOption{chromedp.EmulateScale(2)}
	if l.Touch {
		viewport = append(viewport, chromedp.EmulateTouch, chromedp.EmulateMobile)
	}
	page.Do(chromedp.EmulateViewport(l.Width, l.Height, viewport...))
	scheme := map[bool]string{true: "dark", false: "light"}[l.Dark]
	_, err := chromedp.Call(page.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: l.Media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	require.NoError(t, err)
	_, err = chromedp.Call(page.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.Scripts})
	require.NoError(t, err)
	page.Do(chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()))
	return page
}

// note keeps what a page that is right never does.
func (p *Tab) note(event any) {
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

// Do carries out steps in the page.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.Ctx, steps...))
}

// Ask evaluates an expression in the page.
func Ask[T any](p *Tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.Ctx, chromedp.Evaluate[T](expression))
	require.NoError(p.t, err, expression)
	return v
}

// Unfold opens everything that can be opened.
func (p *Tab) Unfold() {
	Ask[int](p, `document.querySelectorAll("details").forEach(d => d.open = true), 1`)
}

// Shoot keeps a picture of the window, or of the whole page.
func (p *Tab) Shoot(name string, whole bool) {
	p.t.Helper()
	if os.Getenv(shots) == "" {
		return
	}
	shot := chromedp.CaptureScreenshot()
	if whole {
		shot = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(p.Ctx, shot)
	require.NoError(p.t, err)
	p.Keep(name+".png", png)
}

// shots is the variable that names a folder for pictures to look at.
const shots = "KATA_SHOTS"

// Keep writes a file into that folder.
func (p *Tab) Keep(name string, data []byte) {
	p.t.Helper()
	if dir := os.Getenv(shots); dir != "" {
		require.NoError(p.t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
}

// checks are scripts that list what is wrong with a page.
//
//go:embed *.js
var checks embed.FS

// Check runs a check of this folder in the page and wants it to find nothing.
func (p *Tab) Check(name string) {
	p.t.Helper()
	text, err := checks.ReadFile(name)
	require.NoError(p.t, err)
	require.Empty(p.t, Ask[[]string](p, strings.TrimSpace(string(text))), name)
}

// Quiet wants a page that complained about nothing and asked for nothing but
// itself.
func (p *Tab) Quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Empty(p.t, p.complaints)
	require.Len(p.t, p.requests, 1, "the page itself")
}
