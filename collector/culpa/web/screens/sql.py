"""SQL: one SELECT over all relations, as a table, a chart or CSV, with the meaning of each column at hand."""

import asyncio
from typing import Any, Final

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.report.records import csv_text
from culpa.analysis.values import json_rows
from culpa.store import QueryFailed, QueryRefused
from culpa.web.charts import bars
from culpa.web.desk import Desk, Row
from culpa.web.sql_words import advice, schema
from culpa.web.words import url

_SHOWN: Final = 500
_MAX_CHARS: Final = 100_000
#: Up to so many rows are drawn.
_DRAWN: Final = 200

EXAMPLES: Final = (
    (
        "Who is to blame",
        "select component, cause, count(*) as requests\nfrom verdicts\ngroup by all\norder by requests desc",
    ),
    (
        "Failures by minute",
        "select date_trunc('minute', ended_at) as minute, count(*) as failed\nfrom verdicts\n"
        "group by all\norder by minute",
    ),
    (
        "The slowest routes",
        "select http_route, count(*) as requests, round(quantile_cont(duration_ns, 0.95) / 1e6) as p95_ms\n"
        "from spans\nwhere kind = 2 and http_route <> ''\ngroup by all\norder by p95_ms desc",
    ),
    (
        "Newest exceptions",
        "select time, service_name, origin_type, origin_message, trace_id\nfrom exceptions\n"
        "order by time desc\nlimit 50",
    ),
)


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def sql(request: Request) -> Response:
        query = request.query_params.get("q", "")[:_MAX_CHARS]
        relations, (table, wrong) = await asyncio.gather(desk.rows("columns"), _asked(desk, query))
        rows = json_rows(table.slice(0, _SHOWN)) if table is not None else []
        return desk.page(
            request,
            "sql.html",
            200 if not wrong else 422,
            query=query,
            relations=schema(relations),
            columns=_columns(table),
            rows=rows,
            of_all=table.num_rows if table is not None else 0,
            wrong=wrong,
            examples=EXAMPLES,
            chart=chart_of(table, rows),
            link=link,
        )

    async def csv(request: Request) -> Response:
        query = request.query_params.get("q", "")[:_MAX_CHARS]
        table = await desk.in_thread(lambda: desk.house.query(query))
        text = csv_text(table.column_names, json_rows(table), for_terminal=False)
        headers = {"Content-Disposition": 'attachment; filename="culpa.csv"'}
        return PlainTextResponse(text, media_type="text/csv", headers=headers)

    async def arrow(request: Request) -> Response:
        query = request.query_params.get("q", "")[:_MAX_CHARS]
        table = await desk.in_thread(lambda: desk.house.query(query))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        headers = {"Content-Disposition": 'attachment; filename="culpa.arrows"'}
        return Response(sink.getvalue().to_pybytes(), media_type="application/vnd.apache.arrow.stream", headers=headers)

    return [Route("/sql", sql), Route("/sql.csv", csv), Route("/sql.arrow", arrow)]


async def _asked(desk: Desk, query: str) -> tuple[pa.Table | None, tuple[str, str] | None]:
    if not query.strip():
        return None, None
    try:
        return await desk.in_thread(lambda: desk.house.query(query)), None
    except (QueryFailed, QueryRefused) as error:
        return None, advice(str(error))


def _columns(table: pa.Table | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    return [{"name": name, "is_number": _is_number(kind)} for name, kind in _kinds(table)]


def _kinds(table: pa.Table) -> list[tuple[str, Any]]:
    # Arrow's types are generic over what a column holds, which is known only when it runs.
    types: list[Any] = table.schema.types
    return list(zip(table.column_names, types, strict=True))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def link(column: str, value: object) -> str:
    """Return where the id in a cell leads, '' where it is none."""
    if not isinstance(value, str) or not value:
        return ""
    if column.endswith("trace_id") and len(value) == 32 and all(letter in "0123456789abcdef" for letter in value):
        return url(f"/requests/{value}")
    if column.startswith("fingerprint") and value[:1].isdigit() and ":" in value and len(value) < 24:
        return url(f"/problems/{value}")
    if column == "component":
        return url("/search", component=value)
    return url("/search", cause=value) if column == "cause" else ""


def chart_of(table: pa.Table | None, rows: list[Row]) -> dict[str, Any] | None:
    """Return bars of the last column of numbers, by the first column that is none; None where that says nothing."""
    if table is None or not 2 <= len(rows) <= _DRAWN:
        return None
    kinds = _kinds(table)
    numbers = [name for name, kind in kinds if _is_number(kind)]
    names = [name for name, kind in kinds if not _is_number(kind)]
    if not numbers or not names:
        return None
    values = [float(row[numbers[-1]] or 0) for row in rows]
    if min(values) < 0 or max(values) <= 0:
        return None
    drawn = bars([*values], 720, 120)
    labels = [" ".join(str(row[name]) for name in names[:2]) for row in rows]
    known = [label for label, value in zip(labels, values, strict=True) if value > 0]
    return {
        "bars": list(zip(drawn, known, strict=True)),
        "value": numbers[-1],
        "by": names[0],
        "most": max(values),
        "first": labels[0],
        "last": labels[-1],
    }
