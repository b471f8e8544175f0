"""Says what is known of a problem: failed requests that share a fault."""

import asyncio
from typing import Any

from culpa.analysis.commands.asking import counted
from culpa.analysis.explanation.explain import NoSuchTrace
from culpa.analysis.report.markdown import code
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import ID, Given, arguments
from culpa.mcp.tool import Tool
from culpa.mcp.verdict import FACTS, SPARE, advice, no_verdict, verdict_facts, verdict_lines
from culpa.web.desk import Desk
from culpa.web.problems import state_of, words_on_problems


async def _work(desk: Desk, given: Given) -> Answer:
    known = await desk.rows("one_problem", fingerprint=given["id"])
    if known and not known[0]["requests"]:
        return _lost(known[0])
    found = await desk.explained(given["id"])
    if not found.failures:
        raise NoSuchTrace(f"no request of {found.trace_id} failed, so it belongs to no problem; list_problems has them")
    failure = found.failures[0]
    fingerprint = found.problem or str(failure.record["fingerprint"])
    rows, examples, words, now_ns = await asyncio.gather(
        desk.rows("one_problem", fingerprint=fingerprint),
        desk.rows("problem_examples", fingerprint=fingerprint),
        words_on_problems(desk),
        desk.now_ns(),
    )
    [row] = rows
    row["state"], _ = state_of(row, words, now_ns)
    facts = verdict_facts(failure)
    facts["how_often"] = {
        name: row[name] for name in ("state", "requests", "share", "first_seen", "last_seen", "routes")
    }
    facts["how_often"]["releases"] = row.get("releases") or []
    facts["examples"] = [{"way": one["way"], "trace_id": one["trace_id"]} for one in examples]
    following: list[tuple[str, dict[str, Any]]] = [("compare_with_healthy", {"id": facts["trace_id"]})]
    if row["first_seen"]:
        following.append(("recent_changes", {"until": row["first_seen"]}))
    return Answer(
        facts, ("examples", "how_often.routes", "how_often.releases", *SPARE), _lines, following, advice(failure)
    )


def _lost(row: dict[str, Any]) -> Answer:
    """Answer of a problem of which only lines of a log tell."""
    said = f"{row['component'] or 'a service'}: {row['cause']}; requests were lost, and none was recorded"
    facts = no_verdict(said, problem=row["fingerprint"])
    facts["how_often"] = {name: row[name] for name in ("state", "requests", "first_seen", "last_seen")}
    return Answer(facts, (), verdict_lines, [("what_is_missing", {})])


def _lines(facts: Facts) -> list[str]:
    often = facts["how_often"]
    out = [
        *verdict_lines(facts),
        f"- {counted(often['requests'], 'failed request')}, {often['state']}, last {code(often['last_seen'])}",
    ]
    routes: list[str] = often.get("routes") or []
    return out + [f"- route {code(route)}" for route in routes[:3]]


TOOL = Tool(
    "get_problem",
    "Look at a problem",
    "Say what is known of a problem (failed requests that share a fault): the verdict of the request that shows it "
    "best, since when, how often, in which releases, examples, and what to do. Takes a fingerprint of list_problems.",
    arguments({"id": ID}, "id"),
    {**FACTS, "how_often": {"type": "object"}, "examples": {"type": "array", "items": {"type": "object"}}},
    _work,
)
