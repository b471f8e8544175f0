// The desk for SQL: ctrl-enter runs, a column's name is put where the cursor is, and earlier questions come back.
const form = document.getElementById("ask");
const text = form.elements.q;
const history = document.getElementById("history");
const KEPT = "culpa.sql";

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// While an answer is waited for, it can be given up: the browser goes away, and the collector stops the query.
const stop = document.getElementById("stop");
let waiting = 0;
form.addEventListener("submit", () => {
  const began = Date.now();
  const tick = () => (document.getElementById("running").textContent = `${Math.floor((Date.now() - began) / 1000)} s`);
  clearInterval(waiting);
  waiting = setInterval(tick, 500);
  tick();
  stop.hidden = false;
});
function rest() {
  clearInterval(waiting);
  stop.hidden = true;
}
stop.addEventListener("click", () => {
  window.stop();
  rest();
  text.focus();
});
// Shown again from the browser's memory, it waits for nothing.
window.addEventListener("pageshow", rest);

document.querySelector(".schema").addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
  text.focus();
});

function earlier() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || [];
  } catch {
    return [];
  }
}

const asked = text.value.trim();
const kept = [asked, ...earlier().filter((one) => one !== asked)].filter(Boolean).slice(0, 30);
try {
  localStorage.setItem(KEPT, JSON.stringify(kept));
} catch {
  // A browser that keeps nothing has no history.
}
for (const one of kept) {
  const option = document.createElement("option");
  option.value = one;
  option.textContent = one.replace(/\s+/g, " ").slice(0, 80);
  history.append(option);
}
history.closest("label").hidden = kept.length === 0;
history.addEventListener("change", () => {
  if (history.value) text.value = history.value;
});
