// The elements that reach out of the window, but for what can be scrolled to
// inside a box of its own.
[...document.querySelectorAll("body *")].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width > 1 && r.height > 1 && (r.right > innerWidth + 1 || r.left < -1) && !e.closest("pre, .scroll") && !e.closest("defs");
}).map(e => e.tagName + "." + (e.className.baseVal ?? e.className) + ": " + e.textContent.slice(0, 40)).slice(0, 5)
