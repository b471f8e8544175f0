"""A verdict for an agent: what is known of one failed request, as facts and as lines. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from culpa.analysis.explanation.explain import Failure
from culpa.analysis.explanation.sentence import certainty
from culpa.analysis.report.markdown import code
from culpa.analysis.report.said import said_once
from culpa.knowledge import causes
from culpa.mcp.answer import Facts
from culpa.mcp.arguments import Schema

_COLUMNS: Final = (
    "component",
    "layer",
    "cause",
    "confidence",
    "object",
    "service",
    "method",
    "route",
    "path",
    "status",
    "exception_type",
    "exception_message",
    "location",
    "ended_at",
    "change",
    "runner_up",
)
#: What gives way when there is no room, the least important first.
SPARE: Final = (
    "healthy",
    "missing",
    "evidence",
    "verdict.runner_up",
    "verdict.location",
    "verdict.path",
    "verdict.exception_message",
    "verdict.change",
    "verdict.object",
    "advice",
)
#: The fields of facts that tell of a verdict.
FACTS: Final[dict[str, Schema]] = {
    "answer": {"type": "string", "description": "What happened, in one sentence. `unknown` is an answer."},
    "verdict": {
        "type": ["object", "null"],
        "description": "The component that failed, the cause, and how sure that is (0..1); null where nothing failed.",
        "properties": {"component": {"type": "string"}, "cause": {"type": "string"}, "confidence": {"type": "number"}},
    },
    "trace_id": {"type": "string"},
    "problem": {"type": "string", "description": "The fingerprint of the problem that it belongs to."},
    "evidence": {
        "type": "array",
        "description": "What was observed, the strongest first; a negative weight speaks against the verdict.",
        "items": {"type": "object"},
    },
    "missing": {
        "type": "array",
        "description": "Telemetry that would have shown more, and how to switch it on.",
        "items": {"type": "string"},
    },
}


def verdict_facts(failure: Failure) -> Facts:
    """Return what is known of a failed request, without what is empty."""
    record = failure.record
    known = causes().get(record["cause"])
    verdict = {name: record[name] for name in _COLUMNS if record[name] not in ("", 0, None) or name == "component"}
    verdict["confidence"] = round(float(record["confidence"]), 2)
    if known is not None:
        verdict["meaning"] = known.meaning
    return {
        "answer": failure.sentence,
        "verdict": verdict,
        "trace_id": record["trace_id"],
        "problem": record["fingerprint"],
        "evidence": [
            {"statement": said.statement, "rule": said.rule, "weight": round(said.weight, 2), "source": said.marks}
            for said in said_once(failure.evidence)
        ],
        "missing": failure.missing,
    }


def no_verdict(answer: str, **more: str) -> Facts:
    """Return the facts where no failed request is known."""
    return {"answer": answer, "verdict": None, **more, "evidence": [], "missing": []}


def verdict_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return facts of a verdict as Markdown, as far as they were kept."""
    verdict = facts["verdict"]
    if verdict is None:
        return [facts["answer"]]
    out = [
        f"**{code(verdict['cause'])} in {code(verdict['component']) or 'a component that telemetry does not name'}**, "
        f"{certainty(verdict['confidence'])}",
        facts["answer"],
    ]
    for name in ("change", "location"):
        out += [f"- {name}: {code(verdict[name])}"] if verdict.get(name) else []
    evidence: Sequence[Mapping[str, Any]] = facts["evidence"]
    out += [f"- {one['weight']:+.2f} {code(one['statement'])}" for one in evidence[:3]]
    out += [f"- not seen: {code(text)}" for text in facts["missing"][:2]]
    return out


def advice(failure: Failure) -> str:
    """Return what to do about it, in our own words; '' where nothing is known."""
    return failure.book.sections["Fix"] if failure.book else ""
