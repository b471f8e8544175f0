"""`POST /v1/sql`: one SELECT of a stranger, answered as an Arrow IPC stream."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, suppress
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Send

from culpa.collector.admission import Refused, admit, json_body, refusing
from culpa.collector.queries import Answer, Limits, NoPlace, Places
from culpa.collector.receivers._parts import Parts
from culpa.store import DuckDBStore, Parameter, QueryFailed, QueryRefused, Snapshot, StoreError, StoreUnavailable

logger = logging.getLogger("culpa.collector")

ARROW_STREAM = "application/vnd.apache.arrow.stream"
#: A question is text that somebody wrote.
_MAX_QUESTION_BYTES = 256 * 1024
_HALF = re.compile("[\ud800-\udfff]")
_EXAMPLE = '{"query": "select …", "parameters": {}}'
#: How long a query waits for a checkpoint, which takes a second or two.
_CHECKPOINT_S = 20.0
#: So much later than its own time-out, which tells more, an answer is broken off from here.
_GRACE_S = 10.0

_STATUS: dict[type[StoreError], int] = {QueryRefused: 400, QueryFailed: 422}


class _Unfinished(Exception):
    """An answer that had begun is not whole."""


class _Streamed(StreamingResponse):
    """An answer whose connection is closed without its end if it is not whole, so that no reader takes it for all.

    One that is not read by `until`, in the time of the event loop, is not whole either: its place, its snapshot and
    what is held of it are not for whoever reads slowest.
    """

    def __init__(self, body: AsyncGenerator[bytes], until: float) -> None:
        super().__init__(body, media_type=ARROW_STREAM)
        self._body = body
        self._until = until

    async def stream_response(self, send: Send) -> None:
        with suppress(_Unfinished, TimeoutError):
            async with aclosing(self._body), asyncio.timeout_at(self._until):
                await super().stream_response(send)


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route; `query_limit` questions are answered at a time, others wait."""
    return [Route("/v1/sql", _endpoint(parts), methods=["POST"])]


def _endpoint(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    settings = parts.settings
    places = Places(settings.query_limit, settings.query_wait_s)
    # Of their own: to wait for a checkpoint must not keep other endpoints waiting. Who has a place needs one at a time.
    threads = ThreadPoolExecutor(settings.query_limit, "culpa-query")
    limits = Limits(
        timeout_s=settings.query_timeout_s,
        memory_bytes=settings.query_memory_bytes,
        max_rows=settings.query_max_rows,
        threads=settings.query_threads,
    )

    @refusing
    async def answer(request: Request) -> Response:
        admit(request, settings, "read")
        sql, parameters = _question(await json_body(request, _MAX_QUESTION_BYTES, "a query", _EXAMPLE))
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(places.one())
                snapshot = await _snapshot(parts.store, stack, threads)
                until = asyncio.get_running_loop().time() + limits.timeout_s + _GRACE_S
                answer = Answer(await parts.forker.fork(snapshot, limits), limits)
                stack.callback(answer.close)
                async with asyncio.timeout_at(until):
                    first = await answer.begin(sql, parameters)
            except NoPlace:
                message = f"{settings.query_limit} queries are being answered already; try again soon"
                return JSONResponse({"message": message}, 429, headers={"Retry-After": "1"})
            except StoreError as error:
                return _failure(error)
            except TimeoutError:
                # Its process should have ended by itself; it was stopped, or never came to be.
                return _failure(StoreUnavailable(f"no answer came within {limits.timeout_s:g} s; ask again"))
            # What was entered ends with the answer, not with this call.
            return _Streamed(_body(first, answer, stack.pop_all()), until)
        raise AssertionError("unreachable")

    return answer


async def _snapshot(store: DuckDBStore, stack: AsyncExitStack, threads: ThreadPoolExecutor) -> Snapshot:
    """Hold a snapshot until the stack ends; both may wait for a checkpoint, so neither is done on the event loop."""
    holding = store.snapshot(_CHECKPOINT_S)
    entering = threads.submit(holding.__enter__)

    def leave(entered: Future[Snapshot]) -> None:
        if not entered.cancelled() and not entered.exception():
            threads.submit(holding.__exit__, None, None, None)

    # Also if whoever asked is gone before it is entered; a snapshot that nobody leaves would stop all checkpoints.
    stack.callback(entering.add_done_callback, leave)
    return await asyncio.wrap_future(entering)


async def _body(first: list[bytes], answer: Answer, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
    async with stack:
        for part in first:
            yield part
        try:
            async for part in answer.rest():
                yield part
        except StoreError as error:
            logger.warning("an answer of /v1/sql broke off: %s", error)
            raise _Unfinished from error


def _failure(error: StoreError) -> Response:
    status_code = _STATUS.get(type(error), 503)
    headers = {"Retry-After": "1"} if status_code == 503 else None
    return JSONResponse({"message": str(error)}, status_code, headers=headers)


def _question(asked: object) -> tuple[str, dict[str, Parameter]]:
    fields = cast(dict[str, object], asked) if isinstance(asked, dict) else {}
    sql: object = fields.get("query")
    parameters: object = {} if fields.get("parameters") is None else fields["parameters"]
    if not isinstance(sql, str) or not isinstance(parameters, dict):
        raise Refused(400, f"expected JSON: {_EXAMPLE}; query must be text and parameters an object")
    if not sql.isascii() and _HALF.search(sql):
        raise Refused(400, "query has half of a surrogate pair, which is no character; send the whole pair")
    return sql, cast(dict[str, Parameter], parameters)
