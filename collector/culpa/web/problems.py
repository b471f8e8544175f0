"""The list of problems as people see it: sorted by harm, the known ones apart, what is not understood as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from culpa.analysis.surface.filters import Filters, NotAFilter
from culpa.store import QueryFailed, ns_of
from culpa.web.desk import HOUR_NS, Desk, Row
from culpa.web.words import KNOWN_NS

#: What is listed where nobody asks for fewer.
MAX_ROWS: Final = 200
BINS: Final = 48
#: Windows that people choose from, by name, in nanoseconds.
WINDOWS: Final = {"1h": HOUR_NS, "6h": 6 * HOUR_NS, "24h": 24 * HOUR_NS, "7d": 168 * HOUR_NS, "30d": 720 * HOUR_NS}
_DEFAULT: Final = "24h"


@dataclass(frozen=True)
class Window:
    """A stretch of time that is looked at, in `BINS` bins. Units: nanoseconds."""

    name: str
    since_ns: int
    until_ns: int

    @property
    def bin_ns(self) -> int:
        """Return how long one bin is."""
        return (self.until_ns - self.since_ns) // BINS


def window_of(name: str, now_ns: int) -> Window:
    """Return the window that ends now; '' is the usual one. Errors: NotAFilter."""
    name = name or _DEFAULT
    if name not in WINDOWS:
        raise NotAFilter(f"window {name[:40]!r} is none; write one of {', '.join(WINDOWS)}")
    return Window(name, max(0, now_ns - WINDOWS[name]), now_ns)


def best_window(moments: Sequence[int], now_ns: int) -> str:
    """Return the shortest window that holds all of a recording: minutes would be one bar of a day."""
    known = [moment for moment in moments if moment > KNOWN_NS]
    if not known:
        return _DEFAULT
    return next((name for name, size in WINDOWS.items() if now_ns - min(known) < size), "30d")


async def window_asked(desk: Desk, name: str, now_ns: int) -> Window:
    """Return the window of that name; without one the usual, or what fits a recording. Errors: NotAFilter."""
    if not name and not desk.house.is_live:
        name = best_window([row["ended_ns"] for row in await desk.rows("oldest_failure", known_ns=KNOWN_NS)], now_ns)
    return window_of(name, now_ns)


@dataclass
class Listed:
    """What the home screen shows. `unknown` are folded into one row; `quiet` are muted or resolved."""

    loud: list[Row] = field(default_factory=list[Row])
    unknown: list[Row] = field(default_factory=list[Row])
    quiet: list[Row] = field(default_factory=list[Row])
    of_all: int = 0

    @property
    def shown(self) -> int:
        """Return how many problems there are on the screen."""
        return len(self.loud) + len(self.unknown) + len(self.quiet)

    @property
    def unknown_requests(self) -> int:
        """Return how many failed requests are not understood."""
        return sum(row["matched"] for row in self.unknown)

    @property
    def advice(self) -> list[str]:
        """Return what to switch on, the most wanted first."""
        wanted: dict[str, int] = {}
        for row in self.unknown:
            missing: list[str] = (row["newest"]["missing"] or []) if row["newest"] else []
            for text in missing:
                wanted[text] = wanted.get(text, 0) + row["matched"]
        return sorted(wanted, key=lambda text: -wanted[text])[:3]


async def list_problems(
    desk: Desk, filters: Filters, window: Window, max_rows: int = MAX_ROWS, *, with_releases: bool = False
) -> Listed:
    """Ask for the problems that pass the filters. Which releases they were in costs most. Errors: StoreError."""
    rows = await desk.rows(
        "problem_list",
        **filters.parameters(),
        window_ns=window.since_ns,
        bin_ns=window.bin_ns,
        bins=BINS,
        is_filtered=filters.is_set,
        with_releases=with_releases,
        max_rows=max_rows,
    )
    words = await words_on_problems(desk)
    listed = Listed(of_all=rows[0]["of_all"] if rows else 0)
    for row in rows:
        row["counts"] = spread(row["counts"])
        row["state"], row["word"] = state_of(row, words, window.until_ns)
        if row["state"] in ("muted", "resolved"):
            listed.quiet.append(row)
        elif row["cause"] == "unknown":
            listed.unknown.append(row)
        else:
            listed.loud.append(row)
    return listed


def spread(counts: Sequence[Mapping[str, int]] | None) -> list[int]:
    """Return the failed requests of every bin, those without any too."""
    out = [0] * BINS
    for one in counts or []:
        if 0 <= one["bin"] < BINS:
            out[one["bin"]] = one["failed"]
    return out


async def words_on_problems(desk: Desk) -> dict[str, Row]:
    """Return what people said of problems, by fingerprint; nothing of a segment that was made before they could."""
    try:
        return {row["fingerprint"]: row for row in await desk.rows("problem_states")}
    except QueryFailed:
        return {}


def state_of(row: Mapping[str, Any], words: Mapping[str, Row], now_ns: int) -> tuple[str, Row | None]:
    """Return the state of a problem, with what people said of it, and that word where it still counts."""
    word = words.get(row["fingerprint"])
    if word is None or word["state"] == "open":
        return row["state"], None
    if word["state"] == "muted":
        is_over = 0 < word["until_ns"] <= now_ns
        return (row["state"], None) if is_over else ("muted", word)
    # Called resolved: what came after that word came back.
    if ns_of(row["last_seen"]) > word["said_ns"]:
        return "regressed", word
    return "resolved", word
