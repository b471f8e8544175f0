"""The newest requests are looked for in the last hour first, and are the same as those found in all that is kept."""

import asyncio
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from culpa.analysis.surface.filters import Filters
from culpa.store import DuckDBStore, arrow_schema
from culpa.web.desk import Desk
from culpa.web.recorded import Recorded
from culpa.web.screens.search import find_requests

MINUTE_NS = 60 * 10**9
_BASE_NS = 1_790_000_000 * 10**9


def _span(number: int, took_minutes: float) -> dict[str, Any]:
    absent = {pa.string(): "", pa.bool_(): False}
    row: dict[str, Any] = {
        field.name: [] if pa.types.is_list(field.type) else absent.get(field.type, 0) for field in arrow_schema("spans")
    }
    return row | {
        "trace_id": f"{number:032x}", "span_id": f"{number:016x}", "kind": 2, "url_path": f"/orders/{number}",
        "start_time": _BASE_NS + number * 10 * MINUTE_NS, "duration_ns": int(took_minutes * MINUTE_NS),
    }  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of a request every ten minutes of ten hours; one began at their begin and ended last."""
    path = tmp_path_factory.mktemp("recent") / "one.duckdb"
    rows = [_span(number, 0.5) for number in range(1, 60)] + [_span(0, 595)]
    with DuckDBStore(path, writable=True) as opened:
        opened.write({"spans": pa.Table.from_pylist(rows, schema=arrow_schema("spans"))})
    return path


@pytest.mark.parametrize("text", ["", "/orders/", "/orders/7"])
@pytest.mark.parametrize("most", [1, 3, 6, 20, 100])
def test_the_last_hour_first_changes_no_answer(store: Path, text: str, most: int) -> None:
    with DuckDBStore(store) as opened:
        desk = Desk(Recorded(opened))

        async def both() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
            whole = desk.rows(
                "requests_found",
                text=text, service="", least_ns=0, since_ns=0, until_ns=0, ended_since_ns=0, cut=False, max_rows=most,
            )  # fmt: skip
            return await whole, await find_requests(desk, Filters(text=text), most)

        expected, found = asyncio.run(both())
        assert expected == found
        assert found
        assert text or f"{0:032x}" == found[0]["trace_id"]
