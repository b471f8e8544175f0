"""SQL: one SELECT over all relations, as a table, a chart or CSV, with the meaning of each column at hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import pyarrow as pa
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from culpa.analysis.report.records import csv_text
from culpa.analysis.surface.sql_advice import advice
from culpa.store import QueryFailed, QueryRefused, json_rows
from culpa.web.charts import bars
from culpa.web.desk import Desk, Row
from culpa.web.entry import BadForm, read_form
from culpa.web.sql_words import schema
from culpa.web.words import url

_SHOWN: Final = 500
#: More cells than these make a page that no browser likes.
_MOST_CELLS: Final = 50_000
_PIECE_BYTES: Final = 256 * 1024
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
        relations, (table, wrong) = await asyncio.gather(
            desk.rows("columns"), _asked(desk, request, "" if is_linked(request) else query)
        )
        rows = await desk.written(lambda: _first_rows(table))
        return await desk.page(
            request,
            "sql.html",
            200 if not wrong else 422,
            query=query,
            is_linked=is_linked(request),
            relations=schema(relations),
            columns=_columns(table),
            rows=rows,
            of_all=table.num_rows if table is not None else 0,
            wrong=wrong,
            examples=EXAMPLES,
            chart=chart_of(table, rows),
            link=link,
            running=desk.runs.now(),
        )

    async def stop(request: Request) -> Response:
        """Stop one that runs: its reader is told, and whoever stopped it sees what runs still."""
        try:
            number = (await read_form(request)).get("query", "")
        except BadForm as error:
            raise HTTPException(400, str(error)) from error
        if not (number.isascii() and number.isdigit() and len(number) < 16 and desk.runs.stop(int(number))):
            raise HTTPException(404, "this query does not run any more")
        return RedirectResponse("/sql", 303)

    async def csv(request: Request) -> Response:
        return Download(desk, request, "culpa.csv", "text/csv; charset=utf-8", _csv)

    async def arrow(request: Request) -> Response:
        return Download(desk, request, "culpa.arrows", "application/vnd.apache.arrow.stream", _arrow)

    return [
        Route("/sql/stop", stop, methods=["POST"]),
        Route("/sql", sql),
        Route("/sql.csv", csv),
        Route("/sql.arrow", arrow),
    ]


def is_linked(request: Request) -> bool:
    """Say whether a page of another site led here: who wrote the question is not who is asked to wait for it."""
    return request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site")


class Download(Response):
    """A whole answer as a file. Asked and held only while it has its turn, however slowly the file is read."""

    def __init__(
        self, desk: Desk, request: Request, name: str, media_type: str, write: Callable[[pa.Table], bytes]
    ) -> None:
        """Ask nothing yet."""
        super().__init__()
        self._desk = desk
        self._request = request
        self._query = request.query_params.get("q", "")[:_MAX_CHARS]
        self._head = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media_type}
        self._write = write
        self._is_linked = is_linked(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. Errors: StoreError, HTTPException."""
        if self._is_linked:
            raise HTTPException(403, "a page of another site may not have files made here; open SQL and ask there")
        async with self._desk.download():
            table = await self._desk.runs.answer(self._request, self._query)
            content = await self._desk.written(lambda: self._write(table))
            await StreamingResponse(pieces(content), headers=self._head)(scope, receive, send)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """Yield a file in pieces."""
    # What is given away at once would wait in memory for a reader who never comes, without the turn being held.
    for at in range(0, len(content), _PIECE_BYTES):
        yield content[at : at + _PIECE_BYTES]


def _csv(table: pa.Table) -> bytes:
    return csv_text(table.column_names, json_rows(table), for_terminal=False).encode()


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


async def _asked(desk: Desk, request: Request, query: str) -> tuple[pa.Table | None, tuple[str, str] | None]:
    if not query.strip():
        return None, None
    try:
        return await desk.runs.answer(request, query), None
    except (QueryFailed, QueryRefused) as error:
        return None, advice(str(error))


def _first_rows(table: pa.Table | None) -> list[Row]:
    """Return the rows that are shown; of a table with very many columns fewer."""
    if table is None:
        return []
    return json_rows(table.slice(0, min(_SHOWN, max(1, _MOST_CELLS // max(1, table.num_columns)))))


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
