"""All rows that are kept of one request, for its downloads: what it left in every relation, as it is stored."""

import asyncio
from dataclasses import dataclass

import pyarrow as pa

from culpa.web.desk import Desk
from culpa.web.request import all_evidence_logs, all_trace_ids


@dataclass(frozen=True)
class Kept:
    """Rows of relations by their names: `spans`, `access`, `logs`, `exceptions`, `resources`, `verdict_revisions`."""

    trace_id: str
    tables: dict[str, pa.Table]


async def kept_of(desk: Desk, name: str) -> Kept:
    """Ask for all rows of a request, of the traces that hold work of it, and of the lines that are evidence.

    Errors: as `explain`, StoreError.
    """
    found = await desk.explained(name)
    traces, lines = all_trace_ids(found), all_evidence_logs(found)
    both = {"trace_ids": traces, "log_ids": lines}
    asked = {
        "spans": desk.table("whole_spans", trace_ids=traces),
        "access": desk.table("whole_access", trace_ids=traces),
        "logs": desk.table("whole_logs", **both),
        "exceptions": desk.table("whole_exceptions", **both),
        "resources": desk.table("whole_resources", **both),
        "verdict_revisions": desk.table("whole_verdicts", trace_ids=traces),
    }
    tables = await asyncio.gather(*asked.values())
    return Kept(found.trace_id, dict(zip(asked, tables, strict=True)))
