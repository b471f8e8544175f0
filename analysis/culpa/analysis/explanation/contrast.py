"""What sets a failed request apart: how often it happens, what was changed before, what healthy ones do else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from culpa.analysis.explanation.asking import Ask, Both
from culpa.analysis.explanation.different import Difference, differences
from culpa.analysis.explanation.reach import near
from culpa.analysis.explanation.similar import Similar, similar_of, wants_help
from culpa.analysis.explanation.tree import duration
from culpa.analysis.explanation.twin import Twin, nearest_twin, steps_of
from culpa.analysis.judgement.changes import SLACK_NS, WINDOW_NS, change_of
from culpa.analysis.judgement.missing import SURE_FROM
from culpa.store import Parameter, python_rows, since_ns

_HOUR_NS: Final = 3600 * 1_000_000_000
_DAY_NS: Final = 24 * _HOUR_NS
#: On a busy route the nearest requests lie within so long.
_NEAR_NS: Final = _HOUR_NS // 4
#: Requests that are compared, and traces whose inside is looked at: enough for small p-values, cheap on any store.
_SAMPLE: Final = {"max_failing": 500, "max_healthy": 2000, "max_traces": 200}
#: Healthy traces of which the most alike is the twin; larger ones are left out.
_TWINS: Final = {"max_traces": 20, "max_spans": 500}
_SERVER: Final = 2

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """How requests of the same place are found: by an app's span, or by the web server's line alone."""

    span_id: str
    start_ns: int
    service: str
    route: str
    path: str
    method: str
    is_access: bool

    @property
    def place(self) -> str:
        """Return the place for people: `GET /orders/{id}`."""
        return f"{self.method} {self.route or self.path}".strip()


@dataclass(frozen=True, slots=True)
class Contrast:
    """Shape: `problem` is of a row of sql/problem.sql or None; `changed` a clause such as `first seen 41 s after …`."""

    problem: Row | None
    changed: str
    place: str
    differences: Sequence[Difference]
    twin: Twin | None
    similar: Similar | None = None


NOT_ASKED: Final = Contrast(None, "", "", [], None)


def contrast(ask: Ask, both: Both, verdict: Row, spans: Sequence[Row], access: Sequence[Row]) -> Contrast:
    """Ask what sets one failed request apart. Rows as sql/trace_{spans,access}.sql return them."""
    entry = entry_of(verdict, spans, access)
    among, twin = both(lambda: _among(ask, verdict, entry), lambda: _twin(ask, entry, spans) if entry else None)
    return replace(among, twin=twin)


def _among(ask: Ask, verdict: Row, entry: Entry | None) -> Contrast:
    """Ask how the request stands among others of its problem, and of its place."""
    problem = _problem(ask, verdict)
    changed, similar = _changed(ask, verdict, problem), _similar(ask, verdict)
    found = _differences(ask, verdict, problem, entry) if entry else []
    return Contrast(problem, changed, entry.place if entry else "", found, None, similar)


def _problem(ask: Ask, verdict: Row) -> Row | None:
    for row in python_rows(ask("problem", fingerprint=verdict["fingerprint"])):
        return {name: row[name] for name in ("first_ns", "requests", "share", "persistent", "state")}
    return None


def _similar(ask: Ask, verdict: Row) -> Similar | None:
    """Ask what similar failures were, where this one is not understood."""
    if not wants_help(verdict):
        return None
    own: dict[str, Parameter] = {
        name: verdict[name] for name in ("trace_id", "kind", "method", "status", "route", "path")
    }
    ended_ns = since_ns(verdict["ended_at"])
    return similar_of(python_rows(ask("similar_failures", ended_ns=ended_ns, sure_from=SURE_FROM, **own)))


def _changed(ask: Ask, verdict: Row, problem: Row | None) -> str:
    """Return how long after its change the problem was first seen, '' where it carries none."""
    if not verdict["change"] or problem is None:
        return ""
    first_ns = problem["first_ns"]
    bounds: dict[str, Parameter] = {"since_ns": max(0, first_ns - WINDOW_NS), "until_ns": first_ns + SLACK_NS}
    for row in python_rows(ask("changes_between", **bounds)):
        change = change_of(row)
        if change.text == verdict["change"]:
            return f"first seen {duration(max(0, first_ns - change.time_ns))} after {change.clause}"
    return ""


def _differences(ask: Ask, verdict: Row, problem: Row | None, entry: Entry) -> list[Difference]:
    if problem is None or problem["requests"] < 3:
        return []
    first_ns = max(problem["first_ns"], entry.start_ns - _DAY_NS)
    counts = ask(
        "attribute_counts",
        fingerprint=verdict["fingerprint"],
        since_ns=max(0, first_ns - _HOUR_NS),
        until_ns=entry.start_ns + _DAY_NS,
        **_place(entry),
        **_SAMPLE,
    )
    return differences(python_rows(counts))


def _twin(ask: Ask, entry: Entry, spans: Sequence[Row]) -> Twin | None:
    found = _healthy(ask, entry)
    if not found:
        return None
    traces: dict[str, list[Row]] = {row["trace_id"]: [] for row in found}
    for span in python_rows(ask("twin_spans", **near(list(traces), found))):
        traces[span["trace_id"]].append(span)
    healthy = [
        (row["trace_id"], row["distance_ns"], steps_of(traces[row["trace_id"]], row["entry_id"])) for row in found
    ]
    return nearest_twin(steps_of(spans, entry.span_id), healthy)


def _healthy(ask: Ask, entry: Entry) -> list[dict[str, Any]]:
    """Return the healthy requests of a place that are nearest in time; far away is looked only where few are near."""
    for within_ns in (_NEAR_NS, _DAY_NS):
        found = python_rows(
            ask(
                "healthy_traces",
                method=entry.method,
                at_ns=entry.start_ns,
                within_ns=min(within_ns, entry.start_ns),
                **_place(entry),
                **_TWINS,
            )
        )
        if len(found) >= _TWINS["max_traces"]:
            break
    return found


def _place(entry: Entry) -> dict[str, Parameter]:
    return {
        "service": entry.service,
        "route": "" if entry.is_access else entry.route,
        "path": entry.path,
        "is_access": entry.is_access,
    }


def entry_of(verdict: Row, spans: Sequence[Row], access: Sequence[Row]) -> Entry | None:
    """Return the entry of the failed request: its own span, or the app's below a web server that knows no route.

    Where no app answered, the web server's line is it.
    """
    own = verdict["request_span_id"]
    below = _below(own, spans)
    served = [row for row in spans if row["kind"] == _SERVER and (row["span_id"] == own or row["span_id"] in below)]
    with_route = [row for row in served if row["http_route"]]
    if with_route or served:
        row: Row = min(with_route or served, key=lambda one: (one["span_id"] != own, one["start_ns"]))
        if not (row["http_route"] or row["url_path"]):
            return None
        service, route, method = row["service_name"], row["http_route"], row["http_request_method"]
        return Entry(row["span_id"], row["start_ns"], service, route, row["url_path"], method, is_access=False)
    line = next((row for row in access if row["span_id"] == own), None)
    if line is None or not line["url_path"]:
        return None
    path, method = line["url_path"], line["http_request_method"]
    return Entry(own, line["start_ns"], line["service_name"], "", path, method, is_access=True)


def _below(own: str, spans: Sequence[Row]) -> set[str]:
    children: dict[str, list[str]] = {}
    for row in spans:
        children.setdefault(row["parent_span_id"], []).append(row["span_id"])
    found: set[str] = set()
    waiting = [own]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
