// What every screen has: times in the reader's zone, keys, copying, and a page that says when there is more to see.
const FORMS = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  exact: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 },
};

function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const form = { ...(FORMS[time.dataset.form] || FORMS.time), hourCycle: "h23" };
    time.textContent = new Intl.DateTimeFormat(undefined, form).format(moment);
  }
}

function say(text) {
  document.getElementById("said").textContent = text;
}

async function copy(button) {
  button.dataset.word ||= button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "copied";
    say("Copied");
  } catch {
    button.textContent = "not allowed";
  }
  setTimeout(() => (button.textContent = button.dataset.word), 1500);
}

// Keys. Rows are what stands in a list marked data-rows, and can be opened by their first link.
let at = -1;
let goes = 0;

function rows() {
  return [...document.querySelectorAll("[data-rows] > *")].filter((row) => row.offsetParent !== null);
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  all[at]?.classList.remove("at");
  at = Math.min(Math.max(at + step, 0), all.length - 1);
  all[at].classList.add("at");
  const link = all[at].querySelector("a.open, a");
  (link || all[at]).focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "nearest" });
}

function toError(step) {
  document.dispatchEvent(new CustomEvent("culpa:error", { detail: step }));
}

const PLACES = { h: "/", s: "/search", q: "/sql", m: "/map", c: "/changes", a: "/alarms" };
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: () => toError(1),
  p: () => toError(-1),
  "/": () => document.getElementById("jump").focus(),
  "?": () => document.getElementById("help").showModal(),
  g: () => (goes = Date.now()),
};

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, textarea, select, dialog");
  if (event.key === "Escape" && inField && inField.matches("input")) inField.blur();
  if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
  if (Date.now() - goes < 1000 && PLACES[event.key]) {
    location.href = PLACES[event.key];
    return;
  }
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});

// A command of the runbook is there to be run; its other texts in this type are words of logs and settings.
const PROGRAMS = "alembic apachectl caddy cat coredumpctl culpa curl date df dig dmesg docker du findmnt fuser getent grep journalctl kubectl ls lsof mysqladmin mysqldumpslow namei nc nginx openssl pg_isready php pip ps psql py-spy python rabbitmq-diagnostics rabbitmqctl redis-cli ss systemctl".split(" ");
const STATEMENTS = "describe explain kill pragma select show".split(" ");

function isCommand(text) {
  const word = text.split(" ", 1)[0].toLowerCase();
  return text.includes(" ") && !text.includes("…") && [...PROGRAMS, ...STATEMENTS].includes(word);
}

function offerCommands() {
  for (const code of document.querySelectorAll(".todo li code")) {
    if (!isCommand(code.textContent)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.dataset.copy = code.textContent;
    button.setAttribute("aria-label", `copy ${code.textContent}`);
    button.textContent = "copy";
    code.after(button);
  }
}

// The elements of a part of a page.
async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

// Rows do not move under the cursor: what is new is only said, and shown when the reader wants it.
function watch(live) {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const said = await read(live.dataset.pulse);
      live.querySelectorAll(".fresh, .health.bad").forEach((one) => one.remove());
      live.append(...said.children);
    } catch {
      // The collector is restarted, or the network is gone: it is asked again.
    }
  };
  setInterval(ask, 10_000);
  live.addEventListener("culpa:pulse", ask);
}

// What takes longer to find than the page comes after it.
async function fill(part) {
  try {
    const found = await read(part.dataset.later);
    showTimes(found);
    part.replaceWith(...found.childNodes);
  } catch {
    // The link beside it asks for the whole page.
    part.firstChild.textContent = "This could not be looked up now. ";
    part.removeAttribute("aria-busy");
  }
}

showTimes(document);
offerCommands();
document.querySelectorAll("[data-later]").forEach(fill);
document.addEventListener("culpa:drawn", (event) => showTimes(event.target));
const live = document.querySelector("[data-pulse]");
if (live) watch(live);
