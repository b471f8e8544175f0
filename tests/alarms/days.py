"""A store with days of requests and verdicts, written straight into it."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from culpa.store import DuckDBStore, arrow_schema

MINUTE_NS = 60 * 10**9
DAY_NS = 24 * 60 * MINUTE_NS


def absent(relation: str) -> dict[str, Any]:
    """Return a row in which nothing is said."""
    found: dict[str, Any] = {}
    for column in arrow_schema(relation):
        if pa.types.is_list(column.type):
            found[column.name] = []
        elif pa.types.is_string(column.type):
            found[column.name] = ""
        else:
            found[column.name] = False if pa.types.is_boolean(column.type) else 0
    return found


class Days:
    """Rows of one store; times are minutes before now."""

    def __init__(self, now_ns: int = 0) -> None:
        """Have none; `now_ns` is the time now, of the clock where it is not given."""
        self.now_ns = now_ns or time.time_ns()
        self.rows: dict[str, list[dict[str, Any]]] = {"spans": [], "verdict_revisions": [], "problem_states": []}
        self._spans, self._verdicts = absent("spans"), absent("verdict_revisions")
        self._number = 0

    def asked(
        self,
        minutes_ago: Iterable[float],
        route: str = "/checkout",
        service: str = "shop",
        each: int = 1,
        one_in: float = 0,
    ) -> None:
        """Have requests come that went well; one in so many was kept."""
        for minute in minutes_ago:
            for _ in range(each):
                self._span(minute, route, service, 200, one_in)

    def failed(
        self,
        minutes_ago: Iterable[float],
        problem: int = 1,
        route: str = "/checkout",
        service: str = "shop",
        one_in: float = 0,
    ) -> None:
        """Have requests fail of one problem; one in so many was kept."""
        for minute in minutes_ago:
            span = self._span(minute, route, service, 500, one_in)
            self.rows["verdict_revisions"].append(
                self._verdicts
                | {
                    "trace_id": span["trace_id"], "request_span_id": span["span_id"], "ended_at": span["start_time"] + 10**7,
                    "method": "POST", "route": route, "path": route, "status": 500, "surfaced": True, "service": service,
                    "layer": "database", "component": "postgresql://db/shop", "cause": "database.deadlock", "confidence": 0.9,
                    "fingerprint": f"1:{problem:016x}", "runbook": "database.deadlock", "settled": True,
                    "judged_at": span["start_time"] + 10**10,
                }
            )  # fmt: skip

    def _span(self, minute: float, route: str, service: str, status: int, one_in: float) -> dict[str, Any]:
        self._number += 1
        row = self._spans | {
            "trace_id": f"{self._number:032x}", "span_id": f"{self._number:016x}", "kind": 2, "service_name": service,
            "start_time": self.now_ns - int(minute * MINUTE_NS), "duration_ns": 10**7, "http_route": route,
            "url_path": route, "http_response_status_code": status, "sampled_one_in": one_in,
        }  # fmt: skip
        self.rows["spans"].append(row)
        return row

    def write(self, path: Path) -> Path:
        """Write all of it into a new store."""
        with DuckDBStore(path, writable=True) as store:
            store.write(
                {name: pa.Table.from_pylist(rows, arrow_schema(name)) for name, rows in self.rows.items() if rows}
            )
        return path
