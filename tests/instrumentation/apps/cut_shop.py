"""A FastAPI app whose middleware ends every answer as if nothing had gone wrong behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import BackgroundTasks, FastAPI, Request
from starlette.responses import Response, StreamingResponse

app = FastAPI()


@app.middleware("http")
async def named(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Write who answered: Starlette's BaseHTTPMiddleware."""
    response = await call_next(request)
    response.headers["x-shop"] = "cut"
    return response


@app.get("/ok")
async def ok() -> str:
    """Answer."""
    return "ok"


@app.get("/stream")
async def stream() -> StreamingResponse:
    """Break in the middle of the answer."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise RuntimeError("the rest is lost")

    return StreamingResponse(parts())


def _fail() -> None:
    raise RuntimeError("the letter was not sent")


@app.get("/after")
async def after(tasks: BackgroundTasks) -> str:
    """Answer, and fail at what is to be done afterwards."""
    tasks.add_task(_fail)
    return "all of it"


@app.get("/stream-after")
async def stream_after(tasks: BackgroundTasks) -> StreamingResponse:
    """Stream to the end, and fail at what is to be done afterwards."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"all of it"

    tasks.add_task(_fail)
    return StreamingResponse(parts(), background=tasks)
