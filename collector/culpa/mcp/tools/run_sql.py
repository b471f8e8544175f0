"""Answers any SELECT, for what no other tool asks."""

from typing import Final

import pyarrow as pa

from culpa.analysis.commands.asking import counted
from culpa.analysis.plain import flowing
from culpa.mcp.answer import Answer, Facts
from culpa.mcp.arguments import Given, arguments
from culpa.mcp.tool import Tool
from culpa.store import json_rows, unique
from culpa.web.desk import Desk

#: More rows than these are no reading; the query can count or group them.
_MOST_ROWS: Final = 200
_USUAL_BYTES: Final = 8192


async def _work(desk: Desk, given: Given) -> Answer:
    table = await desk.house.answer(given["query"])
    return await desk.written(lambda: _answer(table))


def _answer(table: pa.Table) -> Answer:
    rows = [list(row.values()) for row in json_rows(table.slice(0, _MOST_ROWS))]
    count = counted(table.num_rows, "row")
    more = f"; the first {_MOST_ROWS} are here" if table.num_rows > _MOST_ROWS else ""
    facts = {"answer": count + more, "columns": unique(table.column_names), "rows": rows, "of_all": table.num_rows}
    return Answer(facts, ("rows",), _lines)


def _lines(facts: Facts) -> list[str]:
    return [facts["answer"], *(" | ".join(_cell(cell) for cell in row) for row in [facts["columns"], *facts["rows"]])]


def _cell(value: object) -> str:
    return "" if value is None else flowing(str(value)).replace("|", "\\|")


TOOL = Tool(
    "run_sql",
    "Ask in SQL",
    "Answer one SELECT (DuckDB) over verdicts, problems, spans, exceptions, logs, access, resources, metric_points, "
    "changes. Only for what the other tools do not ask: they know what a failure is. Nothing can be "
    "changed by it; time, memory and rows are bounded. `describe verdicts` lists columns; add a limit, or count.",
    arguments({"query": {"type": "string", "minLength": 1, "maxLength": 20_000}}, "query", usual_bytes=_USUAL_BYTES),
    {
        "answer": {"type": "string"},
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "array"}},
        "of_all": {"type": "integer"},
    },
    _work,
)
