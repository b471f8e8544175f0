"""Says what healthy requests of the same place do else."""

from typing import Any

from culpa.analysis.explanation.explain import NoSuchTrace
from culpa.analysis.explanation.tree import duration
from culpa.analysis.report.markdown import code
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import ID, Given, arguments
from culpa.mcp.tool import Tool
from culpa.web.desk import Desk


async def _work(desk: Desk, given: Given) -> Answer:
    found = await desk.explained(given["id"])
    if not found.failures:
        raise NoSuchTrace(f"no request of {found.trace_id} failed: it is healthy itself; list_problems has what failed")
    failure = found.failures[0]
    apart = failure.contrast
    facts: Facts = {
        "answer": "",
        "place": apart.place,
        "trace_id": found.trace_id,
        "twin": None,
        "differences": [
            {
                "key": one.key,
                "value": one.value,
                "failing": f"{one.failing} of {one.failing_total}",
                "healthy": f"{one.healthy} of {one.healthy_total}",
                "p": one.p,
                "text": one.text,
            }
            for one in apart.differences
        ],
    }
    if apart.changed:
        facts["changed"] = apart.changed
    if apart.similar is not None:
        facts["similar"] = apart.similar.text(failure.record["status"], apart.place)
    following: list[tuple[str, dict[str, Any]]] = [("explain_request", {"id": found.trace_id})]
    if twin := apart.twin:
        facts["answer"] = twin.text
        facts["twin"] = {
            "trace_id": twin.trace_id,
            "apart": duration(twin.apart_ns),
            "what": twin.what,
            "step": twin.step,
            "alike_steps": twin.alike,
        }
        following.append(("explain_request", {"id": twin.trace_id}))
    elif apart.differences:
        facts["answer"] = f"{len(apart.differences)} attributes set the failing requests of {apart.place} apart"
    else:
        facts["answer"] = (
            f"unknown: no healthy request of {apart.place or 'this place'} is kept that differs beyond chance"
        )
    return Answer(facts, ("differences", "similar", "changed"), _lines, following)


def _lines(facts: Facts) -> list[str]:
    out = [facts["answer"], *(f"- {code(one['text'])}" for one in facts["differences"])]
    if facts["twin"]:
        out.append(f"- healthy request: {code(facts['twin']['trace_id'])}, {facts['twin']['apart']} apart")
    return out + ([f"- {code(facts['changed'])}"] if facts.get("changed") else [])


TOOL = Tool(
    "compare_with_healthy",
    "Compare with healthy requests",
    "Say where a failed request first did something else than a healthy one of the same route, and which attributes "
    "(tenant, release, host, …) failed requests have more often than healthy ones, beyond chance. Nothing found is an "
    "answer too: it means that there is no such difference in what was recorded.",
    arguments({"id": ID}, "id"),
    {
        "answer": {"type": "string"},
        "place": {"type": "string", "description": "Method and route."},
        "twin": {"type": ["object", "null"], "description": "The healthy request, and the first step that differs."},
        "differences": {"type": "array", "items": {"type": "object"}},
    },
    _work,
)
