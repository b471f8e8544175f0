"""Ask the store what every API of traces needs. Bounded: a question of a tool must not take the collector's memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from culpa.analysis.surface.session import Session
from culpa.store import Parameter, json_rows
from culpa.traces.house import House
from culpa.traces.lines import line_spans
from culpa.traces.marks import Verdicts, mark
from culpa.traces.search import Search
from culpa.traces.spans import Json, resource_spans

#: Jaeger's page asks for 1500 at most.
MOST_TRACES: Final = 1_500
#: Spans of one answer. The house's own bound is 20,000 rows of one question.
MOST_SPANS: Final = 15_000
_MOST_NAMES: Final = 10_000
ALL_KINDS: Final = -1
_SAMPLE: Final = 3_000
#: Of the newest; a tool asks for a day or more.
_MOST_LINKED_SPANS: Final = 1_000_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """One trace as OTLP, with its verdicts marked in it; `warnings` is what a reader must know of it."""

    trace_id: str
    resource_spans: list[Json]
    warnings: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Found:
    """What a search found; `left_out` traces were as wanted, too, but did not fit into the answer."""

    traces: list[Trace]
    left_out: int = 0


class Reader:
    """Asks a house. Every method waits; errors of all: StoreError."""

    def __init__(self, house: House) -> None:
        """Ask nothing yet."""
        self._session = Session(house)

    def _rows(self, name: str, /, **parameters: Parameter) -> list[Row]:
        return json_rows(self._session.ask(name, **parameters))

    def services(self) -> list[str]:
        """Return the names of all services."""
        return [row["service_name"] for row in self._rows("service_names", max_rows=_MOST_NAMES)]

    def operations(self, service: str, kind: int = ALL_KINDS) -> list[tuple[str, int]]:
        """Return name and kind (as OTLP numbers it) of what a service does, of one kind or all."""
        rows = self._rows("operations", service=service, kind=kind, max_rows=_MOST_NAMES)
        return [(row["span_name"], row["kind"]) for row in rows]

    def links(self, since_ns: int, until_ns: int) -> list[Row]:
        """Return parent, child and calls of services of which one asked the other."""
        return self._rows(
            "service_links", since_ns=max(0, since_ns), until_ns=max(0, until_ns), max_spans=_MOST_LINKED_SPANS
        )

    def newest(self, since_ns: int, until_ns: int) -> list[Json]:
        """Return the newest spans of a time as OTLP: a sample, to tell what attributes there are."""
        spans = self._session.ask("newest_spans", since_ns=since_ns, until_ns=until_ns, max_rows=_SAMPLE)
        trace_ids = [str(one) for one in spans.column("trace_id").unique().to_pylist()]
        resources = self._session.ask("whole_resources", trace_ids=trace_ids, log_ids=[])
        return resource_spans({"spans": spans, "exceptions": resources.slice(0, 0), "resources": resources})

    def find(self, search: Search) -> list[Row]:
        """Return `trace_id` and `spans` (how many) of the traces that are as wanted, the newest first."""
        tags = search.known_tags
        return self._rows(
            "traces_found",
            service=search.service,
            operation=search.operation,
            least_ns=search.least_ns,
            most_ns=search.most_ns,
            since_ns=max(0, search.since_ns),
            until_ns=max(0, search.until_ns),
            tag_keys=list(tags),
            tag_vals=list(tags.values()),
            max_rows=min(search.limit, MOST_TRACES) if search.limit > 0 else MOST_TRACES,
        )

    def search(self, search: Search) -> Found:
        """Return the traces that are as wanted, the newest first, so many as fit."""
        found = self.find(search)
        fitting, spans = 0, 0
        for row in found:
            spans += min(row["spans"], MOST_SPANS)
            if fitting and spans > MOST_SPANS:
                break
            fitting += 1
        return Found(self.traces([row["trace_id"] for row in found[:fitting]]), len(found) - fitting)

    def traces(self, trace_ids: Sequence[str]) -> list[Trace]:
        """Return these traces, those of which something is kept, in this order; of a very large one the first spans."""
        wanted = list(dict.fromkeys(trace_ids))
        if not wanted:
            return []
        spans = self._session.ask("spans_of_traces", trace_ids=wanted, max_spans=MOST_SPANS)
        sizes: dict[str, int] = {
            str(row["trace_id"]): int(row["spans"]) for row in spans.select(["trace_id", "spans"]).to_pylist()
        }
        tables = {
            "spans": spans.drop_columns(["spans"]),
            "exceptions": self._session.ask("whole_exceptions", trace_ids=wanted, log_ids=[]),
            "resources": self._session.ask("whole_resources", trace_ids=wanted, log_ids=[]),
        }
        verdicts = self._verdicts(wanted)
        by_trace = _by_trace(resource_spans(tables))
        known = {str(one) for one in spans.column("span_id").unique().to_pylist()}
        for trace_id, lines in line_spans(self._rows("whole_access", trace_ids=wanted), known).items():
            by_trace.setdefault(trace_id, []).extend(lines)
        traces: list[Trace] = []
        for trace_id, sent in by_trace.items():
            warnings = mark(sent, verdicts.get(trace_id, []))
            if sizes.get(trace_id, 0) > MOST_SPANS:
                warnings.append(f"the first {MOST_SPANS} of its {sizes[trace_id]} spans are shown")
            traces.append(Trace(trace_id, sent, warnings))
        return sorted(traces, key=lambda trace: wanted.index(trace.trace_id))

    def _verdicts(self, trace_ids: list[str]) -> Verdicts:
        found: Verdicts = {}
        for row in self._rows("verdicts_of_traces", trace_ids=trace_ids, max_rows=MOST_SPANS):
            found.setdefault(row["trace_id"], []).append(row)
        return found

    def summaries(self, search: Search) -> list[tuple[str, list[Row]]]:
        """Return the rows of sql/trace_summaries.sql of each trace that is as wanted, the newest first."""
        wanted = [row["trace_id"] for row in self.find(search)]
        found: dict[str, list[Row]] = {trace_id: [] for trace_id in wanted}
        for row in self._rows("trace_summaries", trace_ids=wanted, max_rows=MOST_SPANS):
            found[row["trace_id"]].append(row)
        return [(trace_id, rows) for trace_id, rows in found.items() if rows]


def _by_trace(sent: Sequence[Json]) -> dict[str, list[Json]]:
    """Return what was sent, apart for each trace."""
    found: dict[str, list[Json]] = {}
    for resource in sent:
        for scope in resource["scopeSpans"]:
            apart: dict[str, list[Json]] = {}
            for span in scope["spans"]:
                apart.setdefault(span["traceId"], []).append(span)
            for trace_id, spans in apart.items():
                theirs = found.setdefault(trace_id, [])
                if not theirs or theirs[-1]["resource"] is not resource["resource"]:
                    theirs.append({**resource, "scopeSpans": []})
                theirs[-1]["scopeSpans"].append({**scope, "spans": spans})
    return found
