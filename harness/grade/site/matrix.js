
(() => {
  "use strict";
  const find = id => document.getElementById(id);
  const table = find("class"), body = table.tBodies[0], rows = [...body.rows];
  const name = find("name"), show = find("show"), failed = find("failed");

  // Filter.
  const fits = row => row.cells[0].textContent.toLowerCase().includes(name.value.trim().toLowerCase()) &&
    (!show.value || row.dataset.kinds.includes(` ${show.value} `)) &&
    (!failed.value || row.dataset.failed.includes(` ${failed.value} `));
  const filter = () => {
    let n = 0;
    for (const row of rows) if (!(row.hidden = !fits(row))) n++;
    find("nobody").hidden = n > 0;
    find("shown").textContent = n === rows.length ? `${n} students` : `${n} of ${rows.length} students`;
    for (const b of document.querySelectorAll(".pick")) b.setAttribute("aria-pressed", b.dataset.key === failed.value);
    rove(null);
  };
  for (const control of [name, show, failed]) control.addEventListener("input", filter);
  find("all").addEventListener("click", () => { name.value = show.value = failed.value = ""; filter(); });
  find("controls").addEventListener("submit", e => e.preventDefault());
  for (const b of document.querySelectorAll(".pick")) {
    b.disabled = false;
    b.addEventListener("click", () => { failed.value = failed.value === b.dataset.key ? "" : b.dataset.key; filter(); });
  }

  // Sort. Columns of results begin with the worst: that is what a teacher looks for.
  const heads = [...table.tHead.rows[0].cells];
  const sort = (column, up) => {
    const sign = up ? 1 : -1;
    const value = row => Number(row.cells[column].dataset.order);
    rows.sort((a, b) => sign * (column ? value(a) - value(b) : a.dataset.place - b.dataset.place) || a.dataset.place - b.dataset.place);
    body.append(...rows);
    heads.forEach((h, i) => i === column ? h.setAttribute("aria-sort", up ? "ascending" : "descending") : h.removeAttribute("aria-sort"));
    rove(null);
  };
  heads.forEach((h, column) => {
    const span = h.querySelector(".sort"), button = document.createElement("button");
    button.type = "button"; button.className = "sort"; button.title = span.title; button.append(...span.childNodes);
    span.replaceWith(button);
    button.addEventListener("click", () => sort(column, h.getAttribute("aria-sort") !== "ascending"));
  });

  // Arrow keys. One link of the table is in the tab order: the others would be
  // hundreds of stops.
  const links = row => [...row.querySelectorAll("a")];
  let here = null;
  function rove(link) {
    const seen = [...body.rows].filter(row => !row.hidden);
    if (!link) link = here && !here.closest("tr").hidden ? here : seen.length ? links(seen[0])[0] : null;
    if (here) here.tabIndex = -1;
    if (link) (here = link).tabIndex = 0;
  }
  for (const a of body.querySelectorAll("a")) a.tabIndex = -1;
  body.addEventListener("focusin", e => { const a = e.target.closest("a"); if (a) rove(a); });
  body.addEventListener("keydown", e => {
    const seen = [...body.rows].filter(row => !row.hidden), row = e.target.closest("tr");
    const y = seen.indexOf(row), x = links(row).indexOf(e.target.closest("a")), last = links(row).length - 1;
    const to = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
      Home: [e.ctrlKey ? 0 : y, 0], End: [e.ctrlKey ? seen.length - 1 : y, last] }[e.key];
    if (!to || e.altKey || e.metaKey || !seen[to[0]] || !links(seen[to[0]])[to[1]]) return;
    e.preventDefault();
    links(seen[to[0]])[to[1]].focus();
  });

  find("controls").hidden = false;
  filter();
})();
