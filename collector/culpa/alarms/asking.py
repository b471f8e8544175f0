"""Fetch what the rules look at: few questions, each bounded in time, so that none gets dearer as the store grows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pyarrow as pa

from culpa.alarms.counts import (
    HOUR_NS,
    LAG_NS,
    MINUTE_NS,
    PRESENCE_NS,
    Counts,
    Lag,
    Part,
    Place,
    Presence,
    Problem,
    Series,
    Stretch,
    runs,
)
from culpa.store import Parameter, json_rows

#: The longest window of a rule, and a little: six hours of `burn`.
WINDOW_NS: Final = 6 * HOUR_NS + 10 * MINUTE_NS
#: A spike is compared with a week; a day more, as hours are whole ones.
HISTORY_NS: Final = 8 * 24 * HOUR_NS
#: Histories change slowly; what is new is in the minutes.
_KEPT_NS: Final = 5 * MINUTE_NS
#: A place that is asked at all is asked within this time before it fails again.
_LOOKED_BACK_NS: Final = 8 * 24 * HOUR_NS

Row = dict[str, Any]
#: Answers one SELECT with its parameters. Errors: StoreError.
Query = Callable[[str, Mapping[str, Parameter]], pa.Table]


@cache
def text_of(name: str) -> str:
    """Return the SQL of one question of this room by its file's name without `.sql`."""
    return (files("culpa.alarms") / "sql" / f"{name}.sql").read_text("utf-8")


class Asker:
    """Asks a store. Keeps what does not change from one look to the next."""

    def __init__(self, query: Query, quiet_ns: Iterable[int] = ()) -> None:
        """Ask by `query`; `quiet_ns` are the quiet times of the rules `regressed`."""
        self._query = query
        self._quiet_ns = sorted(set(quiet_ns))
        self._histories: dict[str, Row] = {}
        self._histories_ns = 0
        self._asked: dict[tuple[str, int], bool] = {}
        self._presence: tuple[int, dict[str, Presence], Lag] = (0, {}, Lag())

    def rows(self, name: str, /, **parameters: Parameter) -> list[Row]:
        """Answer one question of this room. Errors: StoreError."""
        return json_rows(self._query(text_of(name), parameters))

    def counts(
        self, since_ns: int, now_ns: int, troubles: Mapping[str, str] | None = None, *, is_live: bool = True
    ) -> Counts:
        """Return what the rules look at, from `since_ns` to now. Errors: StoreError."""
        failures = self.rows("failures", since_ns=since_ns, until_ns=now_ns)
        problems = self._problems(failures, since_ns, now_ns)
        routes = sorted({row["place"] for row in failures if row["is_route"]})
        paths = sorted({row["place"] for row in failures if not row["is_route"] and row["place"]})
        served: list[Row] = []
        if routes or paths:
            served = self.rows("requests", routes=routes, paths=paths, since_ns=since_ns, until_ns=now_ns)
        requests = {(row["service"], Place(row["place"], row["is_route"])): _series(row["minutes"]) for row in served}
        self._ask_about_quiet(problems.values(), since_ns, now_ns)
        presence, lag = self._senders(since_ns, now_ns, is_live)
        return Counts(problems, requests, presence, self._asked, troubles or {}, lag)

    def _problems(self, failures: Sequence[Row], since_ns: int, now_ns: int) -> dict[str, Problem]:
        by_fingerprint: dict[str, list[Row]] = {}
        for row in failures:
            by_fingerprint.setdefault(row["fingerprint"], []).append(row)
        is_old = now_ns - self._histories_ns > _KEPT_NS or now_ns < self._histories_ns
        if by_fingerprint and (is_old or not self._histories.keys() >= by_fingerprint.keys()):
            found = self.rows(
                "histories",
                fingerprints=sorted(by_fingerprint),
                since_ns=max(0, since_ns - HISTORY_NS),
                until_ns=now_ns,
            )
            self._histories = {row["fingerprint"]: row for row in found}
            self._histories_ns = now_ns
        return {name: _problem(rows, self._histories.get(name)) for name, rows in by_fingerprint.items()}

    def _ask_about_quiet(self, problems: Iterable[Problem], since_ns: int, now_ns: int) -> None:
        """Learn whether the places of problems were asked while those were quiet."""
        for problem in problems:
            for quiet_ns in self._quiet_ns:
                for again_ns, before_ns in runs(problem, quiet_ns, now_ns):
                    key = (problem.fingerprint, again_ns)
                    if again_ns < since_ns or key in self._asked:
                        continue
                    [row] = self.rows(
                        "asked",
                        routes=sorted({one.place.name for one in problem.parts if one.place.is_route}),
                        paths=sorted({one.place.name for one in problem.parts if not one.place.is_route}),
                        # Neither the last failure of before nor the first of now tells that it went well between.
                        since_ns=max(before_ns + MINUTE_NS, again_ns - _LOOKED_BACK_NS),
                        until_ns=again_ns - MINUTE_NS,
                    )
                    self._asked[key] = row["asked"]

    def _senders(self, since_ns: int, now_ns: int, is_live: bool) -> tuple[dict[str, Presence], Lag]:
        asked_ns, presence, lag = self._presence
        if is_live and 0 <= now_ns - asked_ns < MINUTE_NS:
            return presence, lag
        begin_ns = max(since_ns, now_ns - PRESENCE_NS) if is_live else since_ns - PRESENCE_NS
        rows = self.rows("presence", since_ns=max(0, begin_ns), until_ns=now_ns)
        presence = {row["service"]: Presence(row["last_ns"], tuple(row["bins"])) for row in rows}
        if is_live:
            [row] = self.rows("lag", since_ns=now_ns - LAG_NS - 10 * MINUTE_NS, until_ns=now_ns - LAG_NS)
            lag = Lag(row["failing"], row["judged"], row["lag_ns"])
        self._presence = (now_ns, presence, lag)
        return presence, lag


def live(asker: Asker, now_ns: int, troubles: Mapping[str, str]) -> Counts:
    """Return what the rules look at now. Errors: StoreError."""
    return asker.counts(max(0, now_ns - WINDOW_NS), now_ns, troubles)


def _series(minutes: Sequence[Row]) -> Series:
    kept = Series((one["minute"], one["kept"]) for one in minutes)
    is_estimate = any(one["n"] != one["kept"] for one in minutes)
    return Series(((one["minute"], one["n"]) for one in minutes), kept) if is_estimate else kept


def _problem(rows: Sequence[Row], history: Row | None) -> Problem:
    newest = max(rows, key=lambda row: row["last_ns"])
    parts = tuple(Part(row["service"], Place(row["place"], row["is_route"]), _series(row["minutes"])) for row in rows)
    hours: list[Row] = history["hours"] if history else []
    stretches = [Stretch(one["first_ns"], one["last_ns"], one["n"]) for one in hours]
    known_until_ns = max((one.last_ns for one in stretches), default=0)
    for row in rows:
        for one in row["minutes"]:
            begin_ns = one["minute"] * MINUTE_NS
            # What the hours hold already they hold to the nanosecond.
            if begin_ns > known_until_ns:
                stretches.append(Stretch(begin_ns, begin_ns + MINUTE_NS - 1, one["n"]))
    stretches.sort(key=lambda one: one.first_ns)
    return Problem(
        newest["fingerprint"],
        newest["layer"],
        newest["component"],
        newest["cause"],
        newest["object"],
        parts,
        history["first_ns"] if history else stretches[0].first_ns,
        history["before_ns"] if history else 0,
        tuple(stretches),
        {one["hour"]: one["n"] for one in hours},
    )
