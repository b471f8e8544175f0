"""The deeds as a FastAPI app."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from labapp.asynchronous import DOERS
from labapp.everything import DEEDS, Answer, Refused

app = FastAPI()


@app.exception_handler(Refused)
def refuse(_request: Request, _error: Refused) -> Response:
    return PlainTextResponse("refused", 500)


def _endpoint(path: str) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        result = DEEDS[path](request.query_params)
        if isinstance(result, Answer):
            return PlainTextResponse(result.text, result.status, dict(result.headers or {}))
        return PlainTextResponse(result)

    endpoint.__name__ = path.replace("/", "_").replace("-", "_")
    return endpoint


for _path in DEEDS:
    app.add_api_route(f"/{_path}", _endpoint(_path), methods=["GET"])


def _coroutine(path: str) -> Callable[[], Any]:
    async def endpoint() -> Response:
        return PlainTextResponse(str(await DOERS[path]()))

    endpoint.__name__ = path.replace("/", "_").replace("-", "_")
    return endpoint


for _path in DOERS:
    app.add_api_route(f"/{_path}", _coroutine(_path), methods=["GET"])


@app.get("/abort")
def abort() -> None:
    raise HTTPException(503, "not now")


@app.get("/number/{number}")
def number(number: int) -> dict[str, Any]:
    return {"number": number}


@app.get("/block")
async def block(s: float = 6.0) -> str:
    """Block the event loop, as a library does that knows nothing of it."""
    time.sleep(s)
    return "blocked"


def _lines() -> Iterator[bytes]:
    yield b"a line of the report\n" * 2000
    raise RuntimeError("the report has no second line")


@app.get("/stream")
def stream() -> Response:
    return StreamingResponse(_lines(), media_type="text/plain")
