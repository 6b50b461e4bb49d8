// Package browser looks at HTML pages in a real Chromium, for tests. Its code has
// the tag e2e, because the driver of the browser takes long to compile.
package browser
