"""Everything that is known about the failed requests of one trace, gathered for a reader."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from culpa.analysis.explanation.asking import Ask, Both, in_turn, remembering
from culpa.analysis.explanation.contrast import NOT_ASKED, Contrast, contrast
from culpa.analysis.explanation.reach import near
from culpa.analysis.explanation.sentence import sentence
from culpa.analysis.explanation.tree import Node, build_tree, in_order, mark_evidence
from culpa.analysis.judgement.verdict import FINGERPRINT_VERSION
from culpa.analysis.report.explained import explained_text
from culpa.analysis.report.page import explained_html
from culpa.knowledge import Runbook, cause_files, read_runbook
from culpa.store import Parameter, iso, json_rows, python_rows

_ID_DIGITS = 32
#: Fewer digits of an id would be a guess.
_MIN_DIGITS = 8
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
#: A problem's fingerprint may bear its version.
_VERSION = re.compile(r"[0-9]{1,4}:")


class NoSuchTrace(LookupError):
    """No trace, no problem and no request is known under that id."""


class AmbiguousTrace(LookupError):
    """Several traces or problems have ids that begin so."""


class NotATraceId(ValueError):
    """The text can be neither a trace's nor a problem's id, and no request that is known has it."""


@dataclass(frozen=True)
class Failure:
    """One failed request and its verdict; `tree` has this verdict's evidence marked on it.

    `contrast` is what sets it apart from healthy requests of the same place; empty until that was asked.
    """

    verdict: Mapping[str, Any]
    record: Mapping[str, Any]
    tree: list[Node]
    contrast: Contrast = NOT_ASKED

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

    @property
    def book(self) -> Runbook | None:
        """Return what to do about it; None where another version wrote the verdict, which knew other causes."""
        key = str(self.verdict["runbook"])
        return read_runbook(key, is_changed=bool(self.verdict["change"])) if key in cause_files() else None

    @property
    def runbook(self) -> str:
        """Return what to do about it as Markdown; '' where `book` is None."""
        book = self.book
        return book.text if book else ""


@dataclass(frozen=True)
class Seen:
    """What was seen of a trace, as sql/trace_seen.sql has it."""

    spans: list[dict[str, Any]]
    access: list[dict[str, Any]]
    exceptions: list[dict[str, Any]]

    @property
    def tree(self) -> list[Node]:
        """Return a tree of it, to be marked."""
        return build_tree(self.spans, self.access, self.exceptions)


@dataclass(frozen=True)
class Explanation:
    """Why the requests of a trace failed, or what the trace did if none failed.

    Shape: `failures` has one entry per failed request, what the client saw first; `verdict`, `evidence`, `missing` and
    `runbook` are those of the first, and empty where none failed. `tree` has the first one's evidence marked on it.
    `problem` is the fingerprint of the problem that the request was chosen to show, '' where a request was asked for.
    `seen` is what the tree was made of, where something failed.
    """

    trace_id: str
    failures: list[Failure]
    tree: list[Node]
    problem: str = ""
    seen: Seen | None = field(default=None, repr=False)

    @property
    def verdict(self) -> Mapping[str, Any]:
        """Return the verdict, by the columns of the contract."""
        return self.failures[0].verdict if self.failures else {}

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """Return the observations behind the verdict, strongest first."""
        return self.failures[0].evidence if self.failures else []

    @property
    def missing(self) -> list[str]:
        """Return the telemetry whose absence lowered the confidence."""
        return self.failures[0].missing if self.failures else []

    @property
    def runbook(self) -> str:
        """Return what to do next, as Markdown."""
        return self.failures[0].runbook if self.failures else ""

    @property
    def sentence(self) -> str:
        """Return what happened in one English sentence."""
        return self.failures[0].sentence if self.failures else f"no request of trace {self.trace_id} failed"

    @property
    def text(self) -> str:
        """Return the whole explanation as plain text."""
        return explained_text(self)

    def json(self) -> list[dict[str, Any]]:
        """Return one dict per failed request, or one without a verdict where none failed; times are ISO text.

        Shape: `sentence`, `verdict`, `tree` (flat, in reading order, each node with its depth), `problem`, `changed`,
        `differences`, `twin` (null where there is no healthy request to compare with), `similar` (what similar failures
        were; null where this one is understood, or none of them is), `runbook`. Where none failed: `sentence`,
        `verdict` (null) and `tree`.
        """
        if not self.failures:
            return [{"sentence": self.sentence, "verdict": None, "tree": _json_tree(self.tree)}]
        return [
            {
                "sentence": failure.sentence,
                "verdict": dict(failure.record),
                "tree": _json_tree(failure.tree),
                **_json_contrast(failure.contrast),
                "runbook": failure.runbook,
            }
            for failure in self.failures
        ]

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return explained_html(self)


def explain(ask: Ask, name: str, both: Both = in_turn) -> Explanation:
    """Gather what is known about a trace, about the request that shows a problem best, or about a request.

    As `judged`, with what sets each failed request apart. `both` does two things at once where `ask` may be called by
    several threads.
    """
    return contrasted(ask, judged(ask, name, both), both)


def contrasted(ask: Ask, found: Explanation, both: Both = in_turn) -> Explanation:
    """Return an explanation with what sets each failed request apart. That takes longest: others are looked at."""
    if found.seen is None:
        return found
    spans, access = found.seen.spans, found.seen.access
    failures = [replace(one, contrast=contrast(ask, both, one.verdict, spans, access)) for one in found.failures]
    return replace(found, failures=failures)


def judged(ask: Ask, name: str, both: Both = in_turn) -> Explanation:
    """Gather what was judged of a request and what was seen of it.

    `name` is the trace's id: 8 to 32 hex digits, in any case, with or without dashes, or a whole `traceparent`; or the
    fingerprint of a problem, or at least 8 digits of it; or a request's whole id, of its span or as a server logged it
    (X-Request-Id). The trace of an app whose web server's line stands in another trace is explained as that one.
    Errors: NotATraceId, AmbiguousTrace, NoSuchTrace.
    """
    ask, given = remembering(ask), name.strip()
    digits = _digits(given)
    found = _explained_digits(ask, both, given, digits) if digits else None
    found = found or (_explained_request(ask, both, given) if given else None)
    found = found or (_drawn_trace(ask, both, digits) if digits and not _VERSION.match(given) else None)
    if found is None and digits:
        raise NoSuchTrace(
            f"no trace and no problem {digits} is known here, nor a request with that id; "
            "`culpa verdicts` lists the failed requests"
        )
    if found is None:
        raise NotATraceId(
            f"{name!r} is no id of a trace or a problem, nor of a request that is known here; "
            f"write its hex digits, at least the first {_MIN_DIGITS}"
        )
    return found


def _explained_digits(ask: Ask, both: Both, given: str, digits: str) -> Explanation | None:
    version = _VERSION.match(given)
    found = None if version else _explained_trace(ask, both, digits)
    return found or _explained_problem(ask, both, (version[0] if version else FINGERPRINT_VERSION) + digits)


def _explained_request(ask: Ask, both: Both, request_id: str) -> Explanation | None:
    """Explain the request that a server, or its span, knows by this id."""
    rows = python_rows(ask("request_traces", request_id=request_id))
    _check_one(sorted({row["trace_id"] for row in rows}), "traces", request_id)
    if not rows:
        return None
    spans = {row["request_span_id"] for row in rows} - {""}
    if spans:
        return _explained_span(ask, both, rows[0]["trace_id"], spans)
    return _explained_trace(ask, both, rows[0]["trace_id"]) or _drawn_trace(ask, both, rows[0]["trace_id"])


def _explained_trace(ask: Ask, both: Both, prefix: str) -> Explanation | None:
    verdicts, seen = _verdicts(ask, both, prefix)
    ids = sorted({str(trace_id) for trace_id in verdicts.column("trace_id").to_pylist()})
    _check_one(ids, "traces", prefix)
    return _explanation(ids[0], verdicts, seen or _seen(ask, ids[0])) if ids else None


def _verdicts(ask: Ask, both: Both, prefix: str) -> tuple[pa.Table, Seen | None]:
    """Ask for the verdicts of a trace; of a whole id for what was seen of it, too, which takes longer."""
    if len(prefix) < _ID_DIGITS:
        return ask("trace_verdicts", **_range(prefix)), None
    return both(lambda: ask("trace_verdicts", **_range(prefix)), lambda: _seen_in_time(ask, prefix))


def _seen_in_time(ask: Ask, trace_id: str) -> Seen | None:
    """Return what was seen of a trace; None where nothing of it has a time: to look for that reads the whole store."""
    [reach] = python_rows(ask("trace_reach", trace_ids=[trace_id]))
    return _seen(ask, trace_id) if reach["from_ns"] else None


def _explained_problem(ask: Ask, both: Both, prefix: str) -> Explanation | None:
    found = python_rows(ask("problem_requests", **_range(prefix)))
    _check_one([row["fingerprint"] for row in found], "problems", prefix)
    if not found:
        return None
    [shown] = found
    explained = _explained_span(ask, both, shown["trace_id"], {shown["request_span_id"]})
    return replace(explained, problem=str(shown["fingerprint"]))


def _explained_span(ask: Ask, both: Both, trace_id: str, request_span_ids: Set[str]) -> Explanation:
    """Explain these of the failed requests of a trace."""
    verdicts, seen = _verdicts(ask, both, trace_id)
    spans = verdicts.column("request_span_id").to_pylist()
    of_these = verdicts.take([at for at, span in enumerate(spans) if span in request_span_ids])
    return _explanation(trace_id, of_these, seen or _seen(ask, trace_id))


def _drawn_trace(ask: Ask, both: Both, prefix: str) -> Explanation | None:
    """Draw a trace that has no verdict, or explain the request whose work it is."""
    ids = [row["trace_id"] for row in python_rows(ask("trace_ids", **_range(prefix)))]
    _check_one(ids, "traces", prefix)
    if not ids:
        return None
    about = near(ids, python_rows(ask("trace_reach", trace_ids=ids)))
    for row in python_rows(ask("trace_of_work", **about)):
        if (found := _explained_trace(ask, both, row["trace_id"])) is not None:
            return found
    return Explanation(ids[0], [], _seen(ask, ids[0]).tree)


def _range(prefix: str) -> dict[str, Parameter]:
    return {"lowest": prefix, "beyond": prefix + "g"}


def _check_one(ids: Sequence[str], what: str, prefix: str) -> None:
    if len(ids) > 1:
        raise AmbiguousTrace(
            f"several {what} are known by {prefix}: {', '.join(ids[:5])}; write one of them, or more digits"
        )


def _seen(ask: Ask, trace_id: str) -> Seen:
    [reach] = python_rows(ask("trace_reach", trace_ids=[trace_id]))
    [seen] = python_rows(ask("trace_seen_alone" if reach["is_alone"] else "trace_seen", **near([trace_id], [reach])))
    return Seen(**seen)


def _explanation(trace_id: str, verdicts: pa.Table, seen: Seen) -> Explanation:
    failures: list[Failure] = []
    for verdict, record in zip(python_rows(verdicts), json_rows(verdicts), strict=True):
        tree = seen.tree
        mark_evidence(tree, verdict["evidence"])
        failures.append(Failure(verdict, record, tree))
    return Explanation(trace_id, failures, failures[0].tree, seen=seen)


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


def _json_tree(tree: Sequence[Node]) -> list[dict[str, Any]]:
    return [_json_node(depth, node) for depth, node in in_order(tree)]


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


def _digits(text: str) -> str:
    """Return the hex digits of the id of a trace or a problem, '' where the text is none."""
    cleaned = _VERSION.sub("", text.lower(), count=1)
    whole = _TRACEPARENT.fullmatch(cleaned)
    digits = whole[1] if whole else cleaned.removeprefix("0x").replace("-", "")
    is_id = re.fullmatch(r"[0-9a-f]+", digits) and _MIN_DIGITS <= len(digits) <= _ID_DIGITS
    return digits if is_id else ""
