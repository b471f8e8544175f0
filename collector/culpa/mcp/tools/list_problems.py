"""Lists what is broken now, the worst first."""

from typing import Any

from culpa.analysis.commands.asking import counted
from culpa.analysis.report.markdown import code
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import FILTERS, Given, arguments, filters_of
from culpa.mcp.tool import Tool
from culpa.web.desk import Desk, Row
from culpa.web.problems import WINDOWS, list_problems, window_asked

_KEPT = ("fingerprint", "component", "cause", "state", "requests", "last_seen")


async def _work(desk: Desk, given: Given) -> Answer:
    filters = filters_of(given)
    window = await window_asked(desk, given["window"], await desk.now_ns())
    listed = await list_problems(desk, filters, window)
    rows = [*listed.loud, *listed.unknown, *(listed.quiet if given["quiet"] else [])]
    shown = rows[given["skip"] :]
    quiet = f", {len(listed.quiet)} of them muted or resolved" if listed.quiet and not given["quiet"] else ""
    fit = " that pass the filters" if filters.is_set else ""
    facts = {
        "answer": f"{counted(listed.of_all, 'problem')}{fit}{quiet}, the most harmful first",
        "of_all": listed.of_all,
        "problems": [_problem(row) for row in shown],
    }
    following: list[tuple[str, dict[str, Any]]] = [("get_problem", {"id": row["fingerprint"]}) for row in shown[:1]]
    return Answer(facts, ("problems",), _lines, following or [("what_is_missing", {})])


def _problem(row: Row) -> Facts:
    out = {name: row[name] for name in _KEPT}
    newest: Row = row["newest"] or {}
    out["in_window"] = row["recent"]
    out["routes"] = row["routes"][:2]
    out["trace_id"] = newest.get("trace_id", "")
    if newest.get("exception_type"):
        out["exception"] = f"{newest['exception_type']}: {newest['exception_message'][:100]}"
    return out


def _lines(facts: Facts) -> list[str]:
    out = [facts["answer"]]
    for row in facts["problems"]:
        where = code(row["component"]) or "component not named"
        out.append(
            f"- {code(row['fingerprint'])} {code(row['cause'])} in {where}, {row['requests']} requests, {row['state']}"
        )
    return out


TOOL = Tool(
    "list_problems",
    "List problems",
    "List what is behind the failed requests: one problem for each fault, the most harmful first, with component, "
    "cause, state and a request that shows it. Start here when you know no id. The filters narrow it; `skip` goes on.",
    arguments(
        {
            **FILTERS,
            "window": {
                "enum": ["", *WINDOWS],
                "default": "",
                "description": "The stretch up to now that `in_window` counts.",
            },
            "quiet": {"type": "boolean", "default": False, "description": "Also those that are muted or resolved."},
            "skip": {
                "type": "integer",
                "minimum": 0,
                "maximum": 200,
                "default": 0,
                "description": "Leave out so many.",
            },
        }
    ),
    {
        "answer": {"type": "string"},
        "of_all": {"type": "integer", "description": "How many problems there are."},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
    _work,
)
