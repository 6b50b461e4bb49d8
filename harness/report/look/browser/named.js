// The pictures without a name, the levels of headings that are left out, and
// the IDs that are there twice.
(() => {
  const faults = [];
  for (const svg of document.querySelectorAll("svg:not([aria-hidden=true])")) {
    const ids = (svg.getAttribute("aria-labelledby") ?? "").split(" ");
    if (svg.getAttribute("role") !== "img" || !ids.every(id => document.getElementById(id)?.textContent.trim())) faults.push("svg without a name");
  }
  let last = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Number(h.tagName[1]);
    if (level > last + 1) faults.push(`${h.tagName} behind H${last}: ${h.textContent}`);
    last = level;
  }
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  faults.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map(id => "twice: " + id));
  for (const mark of ["header", "nav", "main", "footer"]) if (document.querySelectorAll("body > " + mark).length !== 1) faults.push("no " + mark);
  if (document.documentElement.lang !== "en") faults.push("no language");
  return faults;
})()
