"""Says what keeps culpa from knowing more."""

from typing import Any

from culpa.analysis.report.markdown import code
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import FILTERS, Given, arguments, filters_of
from culpa.mcp.tool import Tool
from culpa.store import iso
from culpa.web.desk import Desk
from culpa.web.health import health_of
from culpa.web.problems import list_problems, window_asked


async def _work(desk: Desk, given: Given) -> Answer:
    now_ns = await desk.now_ns()
    listed = await list_problems(desk, filters_of(given), await window_asked(desk, "", now_ns))
    health = await health_of(desk, now_ns)
    rows = [*listed.loud, *listed.unknown, *listed.quiet]
    wanted: dict[str, int] = {}
    for row in rows:
        texts: list[str] = row["newest"]["missing"] or [] if row["newest"] else []
        for text in texts:
            wanted[text] = wanted.get(text, 0) + row["matched"]
    matched = sum(row["matched"] for row in rows)
    facts = {
        "answer": f"{listed.unknown_requests} of {matched} failed requests are not understood"
        + ("" if wanted else "; no telemetry is known to be missing"),
        "missing": [
            {"text": text, "failed_requests": count} for text, count in sorted(wanted.items(), key=lambda one: -one[1])
        ],
        "silent": [{"service": one["service"], "last": iso(one["last_ns"])} for one in health.silent],
        "troubles": [f"{part}: {text}" for part, text in health.troubles.items()],
        "senders": [one["service"] for one in health.senders],
    }
    following: list[tuple[str, dict[str, Any]]] = [
        ("get_problem", {"id": row["fingerprint"]}) for row in listed.unknown[:1]
    ]
    return Answer(facts, ("senders", "missing", "silent", "troubles"), _lines, following)


def _lines(facts: Facts) -> list[str]:
    out = [
        facts["answer"],
        *(f"- {one['failed_requests']} failed requests: {code(one['text'])}" for one in facts["missing"]),
    ]
    out += [f"- silent since {one['last'][:19]}Z: {code(one['service'])}" for one in facts["silent"]]
    return out + [f"- the collector itself: {code(text)}" for text in facts["troubles"]]


TOOL = Tool(
    "what_is_missing",
    "Say what is not seen",
    "Say which telemetry would have made verdicts surer and how to switch it on, the most wanted first; which services "
    "fell silent; and what keeps the collector itself from working. Ask it when a verdict is `unknown` or unsure.",
    arguments(FILTERS),
    {
        "answer": {"type": "string"},
        "missing": {"type": "array", "items": {"type": "object"}},
        "silent": {"type": "array", "items": {"type": "object"}},
        "troubles": {"type": "array", "items": {"type": "string"}},
        "senders": {"type": "array", "items": {"type": "string"}},
    },
    _work,
)
