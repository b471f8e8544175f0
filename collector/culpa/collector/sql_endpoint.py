"""`POST /v1/sql`: one SELECT of a stranger, answered as an Arrow IPC stream."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit

import pyarrow as pa
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from culpa.collector.answer_stream import AnswerStream
from culpa.collector.settings import Settings
from culpa.collector.tokens import admit
from culpa.store import DuckDBStore, Parameter, QueryFailed, QueryRefused, StoreError
from culpa.store.readonly import reading

logger = logging.getLogger("culpa.collector")

ARROW_STREAM = "application/vnd.apache.arrow.stream"
#: A question is text that somebody wrote.
_MAX_QUESTION_BYTES = 1024**2
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Refused(Exception):
    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(message)
        self.response = JSONResponse({"message": message}, status_code)
        if status_code == 429:
            self.response.headers["Retry-After"] = "1"
        if status_code == 401:
            self.response.headers["WWW-Authenticate"] = "Bearer"


def sql_routes(store: DuckDBStore, settings: Settings) -> list[BaseRoute]:
    """Return the route; at most `query_limit` questions are answered at a time."""
    return [Route("/v1/sql", _endpoint(store, settings), methods=["POST"])]


def _endpoint(store: DuckDBStore, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    places = threading.BoundedSemaphore(max(1, settings.query_limit))

    async def answer(request: Request) -> Response:
        try:
            admit_reader(request, settings)
            sql, parameters = await _question(request)
            if not places.acquire(blocking=False):
                raise _Refused(429, f"{settings.query_limit} queries are being answered already; try again soon")
        except _Refused as refused:
            return refused.response
        stream = AnswerStream(asyncio.get_running_loop())
        thread = threading.Thread(
            target=_answer,
            args=(store, sql, parameters, settings, stream, places),
            name="culpa-query",
            daemon=True,
        )
        thread.start()
        return await _response(stream)

    return answer


async def _response(stream: AnswerStream) -> Response:
    try:
        first = await stream.first()
    except QueryRefused as error:
        return JSONResponse({"message": str(error)}, 400)
    except QueryFailed as error:
        return JSONResponse({"message": str(error)}, 422)
    except StoreError as error:
        return JSONResponse({"message": str(error)}, 503, headers={"Retry-After": "1"})

    async def body() -> AsyncIterator[bytes]:
        try:
            for part in first:
                yield part
            # An error in here ends the connection without the stream's end: no reader takes it for the whole.
            async for part in stream:
                yield part
        finally:
            stream.abandon()

    return StreamingResponse(body(), media_type=ARROW_STREAM)


def admit_reader(request: Request, settings: Settings) -> None:
    """Do nothing if who asks may read. Errors: _Refused."""
    admission = admit(request.headers.get("authorization"), settings.read_token)
    if admission == "missing":
        raise _Refused(401, "this collector wants a token: send `Authorization: Bearer …` (its read_token)")
    if admission == "wrong":
        raise _Refused(403, "this is not the read_token of this collector")
    origin = request.headers.get("origin")
    if origin and not settings.read_token and urlsplit(origin).hostname not in _LOOPBACK:
        # Without a token any web page that the user's browser shows could ask.
        raise _Refused(403, f"pages of {origin} may not read here; set a read_token")


async def _question(request: Request) -> tuple[str, dict[str, Parameter]]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _Refused(415, 'send JSON: {"query": "select …", "parameters": {}}')
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > _MAX_QUESTION_BYTES:
                raise _Refused(413, f"a query may have {_MAX_QUESTION_BYTES} bytes")
        asked = json.loads(body)
        sql: object = asked["query"]
        parameters: object = asked.get("parameters") or {}
    except ClientDisconnect as error:
        raise _Refused(400, "the connection ended before the query did") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _Refused(400, 'expected JSON: {"query": "select …", "parameters": {}}') from error
    if not isinstance(sql, str) or not isinstance(parameters, dict):
        raise _Refused(400, "query must be text and parameters an object")
    return sql, cast(dict[str, Parameter], parameters)


def _answer(
    store: DuckDBStore,
    sql: str,
    parameters: dict[str, Parameter],
    settings: Settings,
    stream: AnswerStream,
    places: threading.BoundedSemaphore,
) -> None:
    try:
        with reading(store.cursor, sql, parameters, timeout_s=settings.query_timeout_s) as reader:
            _send(reader, settings.query_max_rows, stream)
        stream.end()
    except StoreError as error:
        stream.fail(error)
    except Exception as error:
        logger.exception("a query failed")
        stream.fail(QueryFailed(f"the query failed: {error}"))
    finally:
        places.release()


def _send(reader: pa.RecordBatchReader, max_rows: int, stream: AnswerStream) -> None:
    rows = 0
    # Not a `with`: left by an error it would write the stream's end, and a reader would take it for whole.
    writer = pa.ipc.new_stream(pa.PythonFile(stream, mode="w"), reader.schema)
    for batch in reader:
        rows += batch.num_rows
        if rows > max_rows:
            raise QueryFailed(f"the answer has more than {max_rows} rows (query_max_rows); add a limit")
        writer.write_batch(batch)  # pyright: ignore[reportUnknownMemberType] - its stub returns nothing known
    writer.close()
