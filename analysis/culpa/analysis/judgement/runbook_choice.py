"""Choose the runbook of each verdict by its cause and the systems that took part."""

from collections.abc import Sequence
from typing import Any

import duckdb

from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.statement import parsed
from culpa.knowledge import causes_by_system, runbook_key

Row = dict[str, Any]


def choose_runbooks(cursor: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Fill in `runbook` of verdicts that were just made, on the cursor whose tables they were made of."""
    if not any(row["cause"] in causes_by_system() for row in rows):
        return
    systems: dict[tuple[str, str], list[str]] = {}
    for trace_id, request_span_id, system, _ in cursor.execute(parsed(cursor, question("systems"))).fetchall():
        systems.setdefault((trace_id, request_span_id), []).append(system)
    for row in rows:
        # What failed counts before what else took part.
        own = [row["component"].partition("://")[0]] if "://" in row["component"] else []
        others = systems.get((row["trace_id"], row["request_span_id"]), [])
        row["runbook"] = runbook_key(row["cause"], (*own, *others))
