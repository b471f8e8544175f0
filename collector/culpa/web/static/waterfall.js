// A long waterfall: only the rows that are seen are in the document. And the keys n and p, which go from error to error.
const fall = document.getElementById("fall");
// On a narrow screen the bar stands below the name, as in page.css.
const HEIGHT = matchMedia("(max-width: 720px)").matches ? 46 : 28;
const NOTE = 19;
const SVG = "http://www.w3.org/2000/svg";

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

function bar(row) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: row.left, width: row.width, y: 1, height: 8 })) rect.setAttribute(name, value);
  svg.append(rect);
  return svg;
}

const SAID = { cause: "failed here", carrier: "handed on" };

// The same row as templates/waterfall.html draws; all text goes in as text.
function draw(row) {
  const item = element("li", `span ${row.kind} ${row.role}${row.failed ? " failed" : ""}`);
  item.id = `span-${row.id}`;
  const name = element("span", `name d${row.depth}`);
  const link = element("a", "open");
  link.href = `/requests/${fall.dataset.trace}/${encodeURIComponent(row.id)}`;
  link.append(element("b", "", row.service), ` ${row.name}`);
  name.append(link);
  for (const number of row.evidence) {
    const proof = element("a", "proof", number);
    proof.href = `#evidence-${number}`;
    name.append(proof);
  }
  const track = element("span", "track");
  track.append(bar(row));
  const said = SAID[row.role] || (row.kind === "access" ? "access log" : "");
  if (said) track.append(element("em", "", said));
  item.append(name, element("span", "code", row.status), element("span", "took", row.took), track);
  if (row.exceptions.length || row.notes.length) {
    const remarks = element("span", `remarks d${row.depth}`);
    for (const text of row.exceptions) remarks.append(element("span", "raised", text));
    for (const text of row.notes) remarks.append(element("span", "note", text));
    item.append(remarks);
  }
  return item;
}

// Rows with notes are higher; in the virtual list every text keeps to one line, so heights are known beforehand.
function heights(rows) {
  const tops = [0];
  for (const row of rows) tops.push(tops.at(-1) + HEIGHT + NOTE * (row.exceptions.length + row.notes.length));
  return tops;
}

function find(tops, y) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

let all = null;
let tops = null;
let list = null;

function paint() {
  const from = Math.max(0, find(tops, fall.scrollTop) - 12);
  const to = Math.min(all.length, find(tops, fall.scrollTop + fall.clientHeight) + 13);
  if (list.dataset.from === `${from}` && list.dataset.to === `${to}`) return;
  list.dataset.from = from;
  list.dataset.to = to;
  const kept = new Map([...list.children].map((item) => [item.dataset.at, item]));
  const items = [];
  for (let at = from; at < to; at += 1) {
    let item = kept.get(`${at}`);
    if (!item) {
      item = draw(all[at]);
      item.dataset.at = at;
      item.style.position = "absolute";
      item.style.insetInline = "0";
      item.style.top = `${tops[at]}px`;
      item.style.height = `${tops[at + 1] - tops[at]}px`;
      item.setAttribute("aria-posinset", at + 1);
      item.setAttribute("aria-setsize", all.length);
    }
    items.push(item);
  }
  list.replaceChildren(...items);
}

async function virtual() {
  const answer = await fetch(fall.dataset.rowsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  all = (await answer.json()).rows;
  tops = heights(all);
  list = fall.querySelector(".rows");
  fall.classList.add("virtual");
  list.style.height = `${tops.at(-1)}px`;
  list.replaceChildren();
  document.querySelector(".pages")?.remove();
  fall.addEventListener("scroll", () => requestAnimationFrame(paint), { passive: true });
  new ResizeObserver(() => { list.dataset.from = ""; paint(); }).observe(fall);
  const asked = location.hash.startsWith("#span-") ? all.findIndex((row) => `#span-${row.id}` === location.hash) : -1;
  const first = asked >= 0 ? asked : all.findIndex((row) => row.role === "cause");
  if (first > 0) fall.scrollTop = tops[first] - fall.clientHeight / 3;
  paint();
}

let error = -1;

function errors() {
  if (all) return all.flatMap((row, at) => (row.failed || row.role ? [at] : []));
  return [...document.querySelectorAll(".span.failed, .span.cause")];
}

document.addEventListener("culpa:error", (event) => {
  const found = errors();
  if (!found.length) return;
  error = (error + event.detail + found.length) % found.length;
  if (all) {
    fall.scrollTop = tops[found[error]] - fall.clientHeight / 3;
    paint();
  }
  const row = all ? list.querySelector(`[data-at="${found[error]}"]`) : found[error];
  document.querySelector(".span.at")?.classList.remove("at");
  row.classList.add("at");
  row.querySelector("a.open").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
});

if (fall?.dataset.rowsUrl) virtual();
