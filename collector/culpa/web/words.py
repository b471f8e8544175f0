"""How values are written on the page: times, durations, shares, names, and text from outside."""

import shlex
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from culpa.analysis.explanation.sentence import happened, nameless, not_named, percent
from culpa.analysis.explanation.tree import duration
from culpa.analysis.plain import visible
from culpa.analysis.report.said import said_once
from culpa.store import iso, ns_of
from culpa.web.assets import asset

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

#: Longer texts are cut on the page; JSON and SQL have them whole.
_MAX_CHARS: Final = 5_000
#: Stands for the component while a sentence is made; no telemetry has it, as it is made visible before.
_PLACE: Final = "\x00it\x00"
#: Before this no telemetry was written: a time that is not known.
KNOWN_NS: Final = 86_400 * 10**9


def shown(value: object) -> object:
    """Return a value as templates print it: text from outside on one line, with nothing hidden in it."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value if len(value) <= _MAX_CHARS else value[:_MAX_CHARS] + "…")
    return value


def when(moment: str | int, form: str = "time") -> Markup:
    """Return a time for people: in UTC, which the reader's browser turns into the reader's zone.

    `form` is 'time' (`12:03:07`), 'day' (`22 Nov 12:03`) or 'exact' (with milliseconds).
    """
    ns = ns_of(moment)
    if ns < KNOWN_NS:
        return Markup('<span class="quiet">no time known</span>')
    text = iso(ns)
    at = text[:10] + " " + text[11:19]
    return Markup('<time datetime="{}" data-form="{}" title="{} UTC">{} UTC</time>').format(text, form, at, at)


def ago(moment: str | int, now_ns: int) -> str:
    """Return how long before now something was: `3 min ago`."""
    apart_s = (now_ns - ns_of(moment)) // 10**9
    if apart_s < 5:
        return "just now"
    return f"{span(apart_s)} ago"


def span(seconds: int) -> str:
    """Return a number of seconds in the largest unit that fits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 60 and seconds >= 60):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def took(ns: int) -> str:
    """Return a duration in the unit that people read best, also where it is hours."""
    return duration(ns) if ns < 120 * 10**9 else span(ns // 10**9)


def headline(row: Mapping[str, Any]) -> Markup:
    """Return what happened in one sentence, with the component marked. Shape: a row of problem_list, or a verdict."""
    newest: Mapping[str, Any] = row.get("newest") or row
    verdict = {
        "cause": row["cause"],
        "object": row["object"],
        "exception_type": newest.get("exception_type", ""),
        "exception_message": newest.get("exception_message", ""),
        "evidence": newest.get("evidence", []),
    }
    name = row["component"]
    marked = f'<span class="component">{breakable(name)}</span>' if name else str(escape(nameless(row["layer"])))
    text = happened(verdict, _PLACE)
    if not text:
        return Markup("{} {}").format(Markup(marked), row["cause"])  # noqa: S704 - escaped above
    before, _, after = text.partition(_PLACE)
    # A sentence that begins without a name begins with a capital.
    if not before and not name:
        marked = marked[0].upper() + marked[1:]
    before = before[:1].upper() + before[1:]
    return Markup("{}{}{}").format(shown(before), Markup(marked), shown(after))  # noqa: S704 - escaped above


def sure_word(confidence: float | None) -> str:
    """Return a confidence as a word."""
    if confidence is None:
        return "not judged"
    if confidence >= 0.9:
        return "sure"
    if confidence >= 0.75:
        return "likely"
    return "a guess" if confidence >= 0.5 else "not known"


def count(number: int, noun: str, nouns: str = "") -> str:
    """Return `1 request`, `2,100 requests`."""
    return f"1 {noun}" if number == 1 else f"{number:,} {nouns or noun + 's'}"


def short(text: str, most: int = 120) -> str:
    """Return the beginning of a long text, on one line."""
    text = " ".join(text[: 4 * most].split())
    return text if len(text) <= most else text[: most - 1] + "…"


def breakable(text: str) -> Markup:
    """Return a long name that may be broken behind its separators."""
    safe = str(escape(shown(text)))
    for mark in ("/", ".", "_", ":", "@", "-"):
        safe = safe.replace(mark, f"{mark}<wbr>")
    # What escaping wrote must stay whole; of these marks it uses none.
    return Markup(safe)  # noqa: S704 - escaped above


def ticked(text: str) -> Markup:
    """Return a line in which `…` is a command to copy, as commands are shown elsewhere; the rest as it is."""
    parts = [escape(shown(part)) for part in text.split("`")]
    if not len(parts) % 2:
        return escape(shown(text))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def lines(text: str) -> Markup:
    """Return text of several lines, each made visible."""
    return Markup("\n").join(escape(visible(line)) for line in text[:60_000].splitlines())


def markdown(text: str) -> Markup:
    """Return a text of ours, written in Markdown, as HTML; no HTML in it is kept."""
    return Markup(_markdown().render(text))  # noqa: S704 - html is off: all that it writes is escaped


@cache
def _markdown() -> "MarkdownIt":
    # A collector whose page nobody opens need not hold it.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable(["image"])


def url(path: str, **query: object) -> str:
    """Return an address of this site, with those query fields that are not empty."""
    kept = {name: value for name, value in query.items() if value not in ("", None, 0, False)}
    return quote(path, safe="/:") + (f"?{urlencode(kept)}" if kept else "")


def curl(method: str, path: str) -> str:
    """Return the command that asks for a path again; a shell takes what a stranger wrote as text, whatever it is."""
    return f'curl -i -X {shlex.quote(visible(method or "GET"))} "$HOST"{shlex.quote(visible(path))}'


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "ago": ago,
    "breakable": breakable,
    "duration": took,
    "lines": lines,
    "markdown": markdown,
    "percent": percent,
    "short": short,
    "ticked": ticked,
    "when": when,
}
GLOBALS: Final[dict[str, Any]] = {
    "asset": asset,
    "count": count,
    "curl": curl,
    "headline": headline,
    "said_once": said_once,
    "not_named": not_named,
    "span": span,
    "sure_word": sure_word,
    "url": url,
}
