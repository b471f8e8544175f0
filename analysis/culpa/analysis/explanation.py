"""Everything that is known about the failed requests of one trace, gathered for a reader."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from culpa.analysis.contrast import Ask, Contrast, contrast
from culpa.analysis.report.explained import explained_text
from culpa.analysis.report.page import explained_html
from culpa.analysis.sentence import sentence
from culpa.analysis.tree import Node, build_tree, in_order, mark_evidence
from culpa.analysis.values import iso, json_rows, python_rows
from culpa.knowledge import UnknownRunbook, runbook
from culpa.store import Parameter

_ID_DIGITS = 32
#: Fewer digits of an id would be a guess.
_MIN_DIGITS = 8
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class NoSuchTrace(LookupError):
    """No failed request is known under that trace id."""


class AmbiguousTrace(LookupError):
    """Several traces have ids that begin so."""


class NotATraceId(ValueError):
    """The text cannot be a trace id."""


@dataclass(frozen=True)
class Failure:
    """One failed request and its verdict; `tree` has this verdict's evidence marked on it.

    `contrast` is what sets it apart from healthy requests of the same place.
    """

    verdict: Mapping[str, Any]
    record: Mapping[str, Any]
    tree: list[Node]
    runbook: str
    contrast: Contrast

    @property
    def sentence(self) -> str:
        """Return what happened in one English sentence."""
        return sentence(self.verdict)

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Return the observations behind the verdict, strongest first."""
        return list(self.verdict["evidence"])

    @property
    def missing(self) -> list[str]:
        """Return the telemetry whose absence lowered the confidence, each with how to switch it on."""
        return list(self.verdict["missing"])


@dataclass(frozen=True)
class Explanation:
    """Why the requests of a trace failed.

    Shape: `failures` has one entry per failed request, what the client saw first; `verdict`, `tree`,
    `evidence`, `missing` and `runbook` are those of the first.
    """

    trace_id: str
    failures: list[Failure]

    @property
    def verdict(self) -> Mapping[str, Any]:
        """Return the verdict, by the columns of the contract."""
        return self.failures[0].verdict

    @property
    def tree(self) -> list[Node]:
        """Return the roots of the request's tree."""
        return self.failures[0].tree

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Return the observations behind the verdict, strongest first."""
        return self.failures[0].evidence

    @property
    def missing(self) -> list[str]:
        """Return the telemetry whose absence lowered the confidence."""
        return self.failures[0].missing

    @property
    def runbook(self) -> str:
        """Return what to do next, as Markdown."""
        return self.failures[0].runbook

    @property
    def text(self) -> str:
        """Return the whole explanation as plain text."""
        return explained_text(self.failures)

    def json(self) -> list[dict[str, Any]]:
        """Return one dict per failed request; times are ISO text.

        Shape: `sentence`, `verdict`, `tree` (flat, in reading order, each node with its depth), `problem`, `changed`,
        `differences`, `twin` (null where there is no healthy request to compare with), `similar` (what similar failures
        were; null where this one is understood, or none of them is), `runbook`.
        """
        return [
            {
                "sentence": failure.sentence,
                "verdict": dict(failure.record),
                "tree": [_json_node(depth, node) for depth, node in in_order(failure.tree)],
                **_json_contrast(failure.contrast),
                "runbook": failure.runbook,
            }
            for failure in self.failures
        ]

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return explained_html(self.failures)


def explain(ask: Ask, trace_id: str) -> Explanation:
    """Gather what is known about a trace.

    `trace_id` is 8 to 32 hex digits, in any case, with or without dashes, or a whole `traceparent`.
    Errors: NotATraceId, AmbiguousTrace, NoSuchTrace.
    """
    prefix = _digits(trace_id)
    bounds: dict[str, Parameter] = {"lowest": prefix, "beyond": prefix + "g"}
    verdicts = ask("trace_verdicts", **bounds)
    records = json_rows(verdicts)
    ids = sorted({str(record["trace_id"]) for record in records})
    if len(ids) > 1:
        raise AmbiguousTrace(f"several traces begin with {prefix}: {', '.join(ids[:5])}; write more digits")
    if not ids:
        raise NoSuchTrace(_why_none(prefix, python_rows(ask("trace_ids", **bounds))))
    return Explanation(ids[0], _failures(ask, ids[0], verdicts))


def _failures(ask: Ask, trace_id: str, verdicts: pa.Table) -> list[Failure]:
    spans = python_rows(ask("trace_spans", trace_id=trace_id))
    access = python_rows(ask("trace_access", trace_id=trace_id))
    exceptions = python_rows(ask("trace_exceptions", trace_id=trace_id))
    failures: list[Failure] = []
    for verdict, record in zip(python_rows(verdicts), json_rows(verdicts), strict=True):
        tree = build_tree(spans, access, exceptions)
        mark_evidence(tree, verdict["evidence"])
        apart = contrast(ask, verdict, spans, access)
        failures.append(Failure(verdict, record, tree, _runbook(verdict["runbook"]), apart))
    return failures


def _json_contrast(apart: Contrast) -> dict[str, Any]:
    problem = dict(apart.problem) if apart.problem else None
    if problem:
        problem["first_seen"] = iso(problem.pop("first_ns"))
    return {
        "problem": problem,
        "changed": apart.changed,
        "differences": [asdict(one) for one in apart.differences],
        "twin": asdict(apart.twin) if apart.twin else None,
        "similar": asdict(apart.similar) if apart.similar else None,
    }


def _json_node(depth: int, node: Node) -> dict[str, Any]:
    return {
        "depth": depth,
        "span_id": node.span_id,
        "parent_id": node.parent_id,
        "source": "access" if node.is_access else "span",
        "service": node.service,
        "name": node.name,
        "status": node.status,
        "start": iso(node.start_ns),
        "duration_ns": node.duration_ns,
        "is_here": node.is_here,
        "evidence": node.evidence,
        "exceptions": node.exceptions,
        "notes": node.notes,
    }


def _runbook(key: str) -> str:
    try:
        return runbook(key)
    except UnknownRunbook:
        # Written by a newer or older version, which knew other causes.
        return ""


def _digits(text: str) -> str:
    cleaned = text.strip().lower()
    whole = _TRACEPARENT.fullmatch(cleaned)
    digits = whole[1] if whole else cleaned.removeprefix("0x").replace("-", "")
    if not re.fullmatch(r"[0-9a-f]+", digits) or not _MIN_DIGITS <= len(digits) <= _ID_DIGITS:
        raise NotATraceId(f"{text!r} is no trace id; write its 32 hex digits, or at least the first {_MIN_DIGITS}")
    return digits


def _why_none(prefix: str, known: list[dict[str, Any]]) -> str:
    if not known:
        return f"no trace {prefix} is known here; `culpa verdicts` lists the failed requests"
    first = known[0]
    return (
        f"trace {first['trace_id']} is known (spans: {first['span_count']}), but no failed request in it; "
        "`culpa sql` shows its spans"
    )
