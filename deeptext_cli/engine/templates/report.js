"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const $ = (id) => document.getElementById(id);
  const value = (id) => ($(id) ? $(id).value : "");

  // Tables: a click on a heading sorts, another turns the order
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const sort = (column) => {
      const head = heads[column];
      const numeric = [...table.tBodies[0].rows].every((r) => r.cells[column].dataset.v !== undefined);
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const h of heads) h.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const turn = order === "ascending" ? 1 : -1;
      const key = (row) => {
        const cell = row.cells[column];
        return numeric ? Number(cell.dataset.v) : cell.textContent;
      };
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => {
        const x = key(a), y = key(b);
        return turn * (numeric ? x - y : x.localeCompare(y));
      });
      table.tBodies[0].append(...rows);
    };
    heads.forEach((head, i) => {
      head.tabIndex = 0;
      head.addEventListener("click", () => sort(i));
      head.addEventListener("keydown", (e) => { if (e.key === "Enter") sort(i); });
    });
  }

  const list = $("list");
  if (!list) return;
  const lines = [...list.children].map((node) => ({
    node,
    number: Number(node.dataset.number),
    edits: Number(node.dataset.edits),
    cer: Number(node.dataset.cer),
    confidence: node.dataset.confidence === "" ? -1 : Number(node.dataset.confidence),
    gain: Number(node.dataset.gain),
    source: node.dataset.source,
    kinds: new Set(node.dataset.kinds.split(" ")),
    pairs: new Set(JSON.parse(node.dataset.pairs)),
    text: [...node.querySelectorAll(".alignment")].map((block) => {
      const columns = [...block.querySelectorAll(".col:not(.head)")];
      const row = (i) => columns.map((c) => {
        const cell = c.children[i];
        return cell.querySelector("i") ? "" : cell.textContent.replaceAll("␣", " ");
      }).join("");
      return row(0) + "\n" + row(1);
    }).concat(node.querySelector(".key").textContent).join("\n").toLowerCase(),
  }));
  const orders = {
    edits: (a, b) => b.edits - a.edits, cer: (a, b) => b.cer - a.cer,
    sure: (a, b) => b.confidence - a.confidence, unsure: (a, b) => a.confidence - b.confidence,
    gain: (a, b) => b.gain - a.gain, loss: (a, b) => a.gain - b.gain,
    number: (a, b) => a.number - b.number,
  };
  let pair = "";

  const update = () => {
    const find = value("find").toLowerCase(), source = value("source");
    const kind = value("kind"), change = value("change");
    let shown = 0;
    for (const l of lines) {
      const wanted = (!find || l.text.includes(find)) && (!source || l.source === source)
        && (!kind || l.kinds.has(kind)) && (!pair || l.pairs.has(pair))
        && (!change || (change === "better" ? l.gain > 0 : l.gain < 0));
      l.node.hidden = !wanted;
      shown += wanted;
    }
    const order = orders[value("order")];
    list.append(...[...lines].sort((a, b) => order(a, b) || a.number - b.number).map((l) => l.node));
    $("shown").textContent = shown === lines.length ? `${shown} lines` : `${shown} of ${lines.length} lines`;
    const visible = (t) => (t ? t.replaceAll(" ", "␣") : "∅");
    const [expected, read] = pair.split("\u001f");
    $("pair").hidden = !pair;
    $("pair").textContent = pair ? `${visible(expected)} → ${visible(read)}  ×` : "";
    for (const row of document.querySelectorAll("tr[data-pair]"))
      row.classList.toggle("chosen", pair !== "" && row.dataset.pair === pair);
    for (const row of document.querySelectorAll("tr[data-kind]"))
      row.classList.toggle("chosen", kind !== "" && row.dataset.kind === kind);
  };
  const choose = (row) => {
    if (row.dataset.kind !== undefined)
      $("kind").value = $("kind").value === row.dataset.kind ? "" : row.dataset.kind;
    else pair = pair === row.dataset.pair ? "" : row.dataset.pair;
    update();
  };
  for (const row of document.querySelectorAll(".pick tbody tr")) {
    row.tabIndex = 0;
    row.addEventListener("click", () => { choose(row); $("lines").scrollIntoView(); });
    row.addEventListener("keydown", (e) => { if (e.key === "Enter") choose(row); });
  }
  $("pair").addEventListener("click", () => { pair = ""; update(); });
  for (const control of document.querySelectorAll(".controls input, .controls select"))
    control.addEventListener("input", update);
  document.querySelector(".controls").addEventListener("submit", (e) => e.preventDefault());
  update();
})();
