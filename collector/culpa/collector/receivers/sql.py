"""`POST /v1/sql`: one SELECT of a stranger, answered as an Arrow IPC stream, JSON or CSV."""

import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, admit, json_body, refusing
from culpa.collector.queries import Begun, Limits, NoPlace, Questions
from culpa.collector.receivers._accepting import chosen
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._streaming import Streamed, Unfinished
from culpa.store import Parameter, QueryFailed, QueryRefused, StoreError

logger = logging.getLogger("culpa.collector")

#: The media types that a reader may ask for, dearest first, and the form that each is written in.
FORMS = {"application/vnd.apache.arrow.stream": "arrow", "application/json": "json", "text/csv": "csv"}
#: A question is text that somebody wrote.
_MAX_QUESTION_BYTES = 256 * 1024
_HALF = re.compile("[\ud800-\udfff]")
_EXAMPLE = '{"query": "select …", "parameters": {}}'

_STATUS: dict[type[StoreError], int] = {QueryRefused: 400, QueryFailed: 422}


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route; `query_limit` questions are answered at a time, others wait."""
    return [Route("/v1/sql", _endpoint(parts), methods=["POST"])]


def _endpoint(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    settings = parts.settings
    limits = Limits(
        timeout_s=settings.query_timeout_s,
        memory_bytes=settings.query_memory_bytes,
        max_rows=settings.query_max_rows,
        threads=settings.query_threads,
    )
    questions = Questions(parts.store, parts.forker, limits, settings.query_limit, settings.query_wait_s)

    @refusing
    async def answer(request: Request) -> Response:
        admit(request, settings, "read")
        media_type = chosen(request, tuple(FORMS))
        sql, parameters = _question(await json_body(request, _MAX_QUESTION_BYTES, "a query", _EXAMPLE))
        async with AsyncExitStack() as stack:
            try:
                begun = await questions.begin(stack, sql, parameters, FORMS[media_type])
            except NoPlace:
                message = f"{settings.query_limit} queries are being answered already; try again soon"
                return JSONResponse({"message": message}, 429, headers={"Retry-After": "1"})
            except StoreError as error:
                return _failure(error)
            # What was entered ends with the answer, not with this call.
            return Streamed(_body(begun, stack.pop_all()), media_type, begun.until)
        raise AssertionError("unreachable")

    return answer


async def _body(begun: Begun, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
    async with stack:
        for part in begun.first:
            yield part
        try:
            async for part in begun.answer.rest():
                yield part
        except StoreError as error:
            logger.warning("an answer of /v1/sql broke off: %s", error)
            raise Unfinished from error


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
