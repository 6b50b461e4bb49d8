// The texts that do not stand out from their ground by 4.5 to 1 (WCAG 1.4.3),
// and the lines of drawings that do not by 3 to 1 (WCAG 1.4.11).
(() => {
  const numbers = c => {
    const n = c.match(/[\d.]+/g).map(Number);
    return c.startsWith("color(") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = c => {
    const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
  const ground = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.unshift(numbers(getComputedStyle(e).backgroundColor));
    return layers.reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const faint = [];
  const check = (e, color, least, what) => {
    if (color === "none") return;
    const below = ground(e), r = ratio(over(numbers(color), below), below);
    if (r < least) faint.push(`${what} ${r.toFixed(2)}: ${color} in ${e.tagName}.${e.className.baseVal ?? e.className}`);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest("title, desc")) continue;
    const style = getComputedStyle(e);
    check(e, e.closest("svg") ? style.fill : style.color, 4.5, walk.currentNode.data.trim().slice(0, 20));
  }
  for (const e of document.querySelectorAll(".ladder line:not(.cut), .ladder use, .chart .series")) check(e, getComputedStyle(e).stroke, 3, "line");
  for (const e of document.querySelectorAll(".bar .share")) check(e, getComputedStyle(e).fill, 3, "bar");
  return [...new Set(faint)].slice(0, 10);
})()
