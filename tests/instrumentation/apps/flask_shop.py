"""A small Flask service with one way to fail per route."""

import contextlib
import logging
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, g, jsonify, send_file
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

app = Flask(__name__)


class OutOfStock(Exception):
    """Handled by the app into a 500."""


@app.errorhandler(OutOfStock)
def out_of_stock(error: OutOfStock) -> tuple[Response, int]:
    """Answer 500, as apps do."""
    return jsonify(error=str(error)), 500


@app.errorhandler(KeyError)
def missing(error: KeyError) -> tuple[Response, int]:
    """Answer 404: no failure."""
    return jsonify(error="missing"), 404


@app.teardown_request
def after(error: BaseException | None) -> None:
    """Break after the answer was made, on one route."""
    if g.get("break_teardown"):
        raise RuntimeError("teardown broke")


@app.get("/ok")
def ok() -> Response:
    """Succeed."""
    return jsonify(status="ok")


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


@app.get("/abort503")
def abort503() -> None:
    """Give up because of an exception below."""
    try:
        sqlite3.connect(":memory:").execute("select * from nowhere")
    except sqlite3.Error as error:
        raise ServiceUnavailable("no rates") from error


@app.get("/teardown")
def teardown() -> Response:
    """Succeed, and break afterwards."""
    g.break_teardown = True
    return jsonify(status="ok")


@app.get("/exit")
def leave() -> None:
    """Leave the process from inside a request."""
    raise SystemExit(3)


@app.get("/log")
def log() -> Response:
    """Log within the request."""
    logging.getLogger("shop").warning("low stock", extra={"item": "tea", "left": 2})
    return jsonify(status="ok")


@app.get("/hang")
def hang() -> None:
    """Take longer than the worker may."""
    time.sleep(30)


@app.get("/swallowed")
def swallowed() -> tuple[str, int]:
    """Catch an exception and answer 500 without a word."""
    with contextlib.suppress(ValueError):
        int("expected")
    try:
        return {}["tea"], 200
    except KeyError:
        return "no tea", 500


@app.get("/recovered")
def recovered() -> str:
    """Catch an exception and go on."""
    try:
        return {}["tea"]
    except KeyError:
        return "coffee"


@app.get("/dies")
def dies() -> None:
    """End the process as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)


@app.get("/quits/<int:code>")
def quits(code: int) -> None:
    """End the process past all handlers."""
    os._exit(code)


@app.get("/stream")
def stream() -> Response:
    """Break in the middle of the answer."""

    def parts() -> Iterator[str]:
        yield "half of it"
        raise RuntimeError("the rest is lost")

    return Response(parts())


@app.get("/thread")
def thread() -> str:
    """Break in a thread that the request started."""

    def work() -> None:
        sqlite3.connect(":memory:").execute("select * from nowhere")

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return "done"


_pool = ThreadPoolExecutor(1)


@app.get("/pool")
def pool() -> str:
    """Ask the database in a thread that outlives the request."""
    return str(_pool.submit(lambda: sqlite3.connect(":memory:").execute("select 7").fetchone()[0]).result())


@app.get("/file")
def file() -> Response:
    """Send a file, for which servers have a short cut."""
    return send_file(__file__)
