"""Answers why one request failed."""

from culpa.mcp.answer import Answer
from culpa.mcp.arguments import ID, Given, arguments
from culpa.mcp.tool import Tool
from culpa.mcp.verdict import FACTS, SPARE, advice, no_verdict, verdict_facts, verdict_lines
from culpa.web.desk import Desk


async def _work(desk: Desk, given: Given) -> Answer:
    found = await desk.explained(given["id"])
    if not found.failures:
        return Answer(no_verdict(found.sentence, trace_id=found.trace_id), (), verdict_lines, [("list_problems", {})])
    failure = found.failures[0]
    facts = verdict_facts(failure)
    apart = failure.contrast
    # Only what is there: a request without a twin has nothing to compare.
    if said := [*(one.text for one in apart.differences), *([apart.twin.text] if apart.twin else [])]:
        facts["healthy"] = said
    if apart.changed:
        facts["changed"] = apart.changed
    if len(found.failures) > 1:
        facts["others"] = f"{len(found.failures) - 1} more failed requests in this trace; this is what the client saw"
    following = [("get_problem", {"id": facts["problem"]})]
    if facts["verdict"]["cause"] == "unknown":
        following += [("compare_with_healthy", {"id": facts["trace_id"]}), ("what_is_missing", {})]
    return Answer(facts, SPARE, verdict_lines, following, advice(failure))


TOOL = Tool(
    "explain_request",
    "Explain a failed request",
    "Say which component failed behind one HTTP request answered 5xx, why, how sure that is, on what evidence, and "
    "what to do. Start here when you have a trace id or request id. `unknown` is an answer: then `missing` says what "
    "telemetry would have shown it; do not guess a cause that is not given.",
    arguments({"id": ID}, "id"),
    FACTS,
    _work,
)
