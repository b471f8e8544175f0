"""A small FastAPI service with one way to fail per route."""

import asyncio
import logging
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse, StreamingResponse

app = FastAPI()


class OutOfStock(Exception):
    """Handled by the app into a 500."""


@app.exception_handler(OutOfStock)
async def out_of_stock(request: Any, error: OutOfStock) -> JSONResponse:
    """Answer 500, as apps do."""
    return JSONResponse({"error": str(error)}, 500)


@app.exception_handler(KeyError)
def missing(request: Any, error: KeyError) -> JSONResponse:
    """Answer 404: no failure."""
    return JSONResponse({"error": "missing"}, 404)


@app.exception_handler(502)
async def bad_gateway(request: Any, error: Exception) -> JSONResponse:
    """Answer 502 by the status, not by the class."""
    return JSONResponse({"error": "gateway"}, 502)


@app.middleware("http")
async def swallow(request: Any, call_next: Any) -> Any:
    """Catch what one route raises, as some middlewares do."""
    try:
        return await call_next(request)
    except ZeroDivisionError:
        return JSONResponse({"error": "swallowed"}, 500)


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/raise")
def raises() -> None:
    """Fail in two steps."""
    try:
        int("seven")
    except ValueError as error:
        raise RuntimeError("no total") from error


@app.get("/handled")
def handled() -> None:
    """Raise what the app turns into a 500."""
    raise OutOfStock("no more tea")


@app.get("/missing")
def not_there() -> None:
    """Raise what the app turns into a 404."""
    raise KeyError("tea")


@app.get("/http503")
def http503() -> None:
    """Answer 503 because of an exception below."""
    try:
        Path("/nonexistent/rates").read_text()
    except OSError as error:
        raise HTTPException(503, "rates") from error


@app.get("/teapot")
def teapot() -> None:
    """Answer 502 by a handler of the status."""
    raise HTTPException(502, "teapot")


@app.get("/swallowed")
def swallowed() -> None:
    """Raise what a middleware swallows."""
    print(1 / 0)


@app.get("/sqlite")
def sqlite() -> None:
    """Break a constraint."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create table items (id integer primary key)")
    connection.execute("insert into items values (1)")
    connection.execute("insert into items values (1)")


@app.get("/log")
def log() -> dict[str, str]:
    """Log within the request."""
    logging.getLogger("shop").warning("low stock", extra={"item": "tea", "request": object()})
    return {"status": "ok"}


@app.get("/exit")
def leave() -> None:
    """Leave the process from inside a request."""
    raise SystemExit(3)


@app.get("/quiet")
def quiet() -> JSONResponse:
    """Catch an exception and answer 500 without a word."""
    try:
        return JSONResponse({}["tea"])
    except KeyError:
        return JSONResponse({"error": "no tea"}, 500)


@app.get("/stream")
async def stream() -> StreamingResponse:
    """Break in the middle of the answer."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise RuntimeError("the rest is lost")

    return StreamingResponse(parts())


async def session() -> AsyncIterator[int]:
    """Break while it is closed."""
    yield 1
    raise RuntimeError("not closed")


@app.get("/teardown")
async def teardown(number: int = Depends(session)) -> int:
    """Succeed, and break afterwards."""
    return number


@app.get("/task")
async def task() -> str:
    """Start a task that breaks and that nobody waits for."""

    async def work() -> None:
        raise LookupError("task")

    asyncio.create_task(work())  # noqa: RUF006  # nobody keeps it: that is the point
    await asyncio.sleep(0.01)
    return "done"


@app.get("/dies")
async def dies() -> None:
    """End the process as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)


@app.get("/blocks")
async def blocks() -> None:
    """Hold the event loop for longer than the worker may."""
    time.sleep(30)


@app.get("/slow")
async def slow() -> str:
    """Take a while."""
    await asyncio.sleep(2)
    return "done"
