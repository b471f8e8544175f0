"""Lists what was changed, and what began to fail after it."""

from typing import Any, Final

from culpa.analysis.commands.asking import counted
from culpa.analysis.report.markdown import code
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import FILTERS, Given, arguments, filters_of
from culpa.mcp.tool import Tool
from culpa.store import iso
from culpa.web.desk import Desk, Row

_MOST: Final = 200


async def _work(desk: Desk, given: Given) -> Answer:
    filters = filters_of(given)
    until_ns = filters.until_ns or await desk.now_ns() + 1
    rows = await desk.rows("changes_listed", since_ns=filters.since_ns, until_ns=until_ns, max_rows=_MOST)
    found = [_change(row) for row in rows if filters.service in ("", row["service_name"])]
    blamed = [one for one in found if one["problems"]]
    count = counted(len(found), "change")
    facts = {
        "answer": f"{count}, newest first; after {len(blamed)} of them problems began"
        if found
        else "no change is known",
        "changes": found,
    }
    following: list[tuple[str, dict[str, Any]]] = [
        ("get_problem", {"id": one["problems"][0]["fingerprint"]}) for one in blamed[:2]
    ]
    return Answer(facts, ("changes",), _lines, following)


def _change(row: Row) -> Facts:
    out = {
        "time": iso(row["time_ns"]),
        "service": row["service_name"],
        "kind": row["kind"],
        "change": row["description"],
    }
    out["problems"] = [
        {name: one[name] for name in ("fingerprint", "component", "cause")} for one in row["problems"][:5]
    ]
    out["failed_requests"] = row["requests"]
    return out


def _lines(facts: Facts) -> list[str]:
    out = [facts["answer"]]
    for one in facts["changes"]:
        after = f": {one['failed_requests']} failed requests after it" if one["failed_requests"] else ""
        out.append(f"- {one['time'][:19]}Z {code(one['service'])} {code(one['change'])}{after}")
    return out


TOOL = Tool(
    "recent_changes",
    "List changes",
    "List deployments, restarts, new configuration and other changes, newest first, each with the problems whose first "
    "failure came shortly after it. That a problem began after a change is a hint, not a proof.",
    arguments({name: FILTERS[name] for name in ("service", "since", "until")}),
    {"answer": {"type": "string"}, "changes": {"type": "array", "items": {"type": "object"}}},
    _work,
)
