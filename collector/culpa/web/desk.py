"""What every screen works at: it asks the store, waits for several answers at once, and fills templates."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread
import pyarrow as pa
from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from culpa.analysis.explanation.explain import Explanation, explain
from culpa.analysis.surface.session import Session
from culpa.store import Parameter, StoreUnavailable, json_rows
from culpa.web.at_once import at_once
from culpa.web.entry import Sessions, refusal
from culpa.web.guesses import Guesses
from culpa.web.house import House
from culpa.web.running import Runs
from culpa.web.words import FILTERS, GLOBALS, shown

HOUR_NS: Final = 3600 * 10**9
#: Screens are drawn by so many threads; the questions behind them have bounds of their own.
_THREADS: Final = 16
#: So many answers are written at a time: that takes the processor, of which ingest has the first part.
_WRITERS: Final = 2
#: So many files are sent at a time, and so long others wait for their turn: each may be large. Unit: seconds.
_DOWNLOADS: Final = 4
_WAIT_S: Final = 5.0
#: Explanations are kept so long; a late span may change one. Units: seconds.
_KEPT_S: Final = 10.0
_RECORDED_S: Final = 600.0
_KEPT: Final = 4
#: What every open page asks is answered so long with the same rows. Units: seconds.
ANSWERED_S: Final = 5.0

Answer = TypeVar("Answer")
Row = dict[str, Any]


class Desk:
    """The page's hands: one for each site."""

    def __init__(self, house: House) -> None:
        """Work for a house."""
        self.house = house
        self.sessions = Sessions()
        self.guesses = Guesses()
        self.session = Session(house)
        self.runs = Runs(house)
        self._explained: dict[str, tuple[float, Explanation]] = {}
        self._rows: dict[tuple[object, ...], tuple[float, list[Row]]] = {}
        self._limiter: anyio.CapacityLimiter | None = None
        self._downloads: anyio.CapacityLimiter | None = None
        self._writers: anyio.CapacityLimiter | None = None

    async def in_thread(self, work: Callable[[], Answer]) -> Answer:
        """Return what work returns that waits for the store. Errors: those of the work."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_THREADS)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def written(self, work: Callable[[], Answer]) -> Answer:
        """Return what work returns that takes the processor: the loop, which ingest shares, must not stand still."""
        if self._writers is None:
            self._writers = anyio.CapacityLimiter(_WRITERS)
        return await anyio.to_thread.run_sync(work, limiter=self._writers)

    @asynccontextmanager
    async def download(self) -> AsyncGenerator[None]:
        """Hold one of the places of whole answers, which are large. Errors: StoreUnavailable when none becomes free."""
        if self._downloads is None:
            self._downloads = anyio.CapacityLimiter(_DOWNLOADS)
        with anyio.move_on_after(_WAIT_S) as waiting:
            await self._downloads.acquire()
        if waiting.cancelled_caught:
            raise StoreUnavailable("as many files as may be are being sent already; try again soon")
        try:
            yield
        finally:
            self._downloads.release()

    async def table(self, name: str, /, **parameters: Parameter) -> pa.Table:
        """Answer the question in `sql/<name>.sql`. Errors: StoreError."""
        return await self.in_thread(lambda: self.session.ask(name, **parameters))

    async def rows(self, name: str, /, **parameters: Parameter) -> list[Row]:
        """Answer a question as rows of values that JSON knows. Errors: StoreError."""
        return await self.in_thread(lambda: json_rows(self.session.ask(name, **parameters)))

    async def kept_rows(self, name: str, for_s: float = ANSWERED_S, /, **parameters: Parameter) -> list[Row]:
        """Answer a question as `rows`, or as it was answered at most `for_s` seconds ago: open pages ask it again.

        The rows are those of everybody who asks: leave them as they are. Errors: StoreError.
        """
        key = (name, *((one, str(value)) for one, value in sorted(parameters.items())))
        kept = self._rows.get(key)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        found = await self.rows(name, **parameters)
        self._rows = {one: value for one, value in self._rows.items() if value[0] > time.monotonic()}
        self._rows[key] = (time.monotonic() + for_s, found)
        return found

    async def explained(self, name: str, problem: pa.Table | None = None) -> Explanation:
        """Return all that is known about a request or a problem's; kept for a moment, as its screen has several parts.

        `problem` is what sql/problem.sql answered for this problem, where that was asked already.
        Errors: as `explain`, StoreError.
        """
        kept = self._explained.get(name)
        if kept and kept[0] > time.monotonic():
            return kept[1]

        def ask(question: str, /, **parameters: Parameter) -> pa.Table:
            if problem is not None and (question, parameters) == ("problem", {"fingerprint": name}):
                return problem
            return self.session.ask(question, **parameters)

        found = await self.in_thread(lambda: explain(ask, name, at_once))
        self._forget()
        self._explained[name] = (time.monotonic() + (_KEPT_S if self.house.is_live else _RECORDED_S), found)
        return found

    def _forget(self) -> None:
        """Let go of what is too old, and of the eldest: one may have thousands of spans."""
        now = time.monotonic()
        fresh = [(name, kept) for name, kept in self._explained.items() if kept[0] > now]
        self._explained = dict(fresh[-(_KEPT - 1) :])

    async def now_ns(self) -> int:
        """Return the time now; of a recording, when it ends. Units: nanoseconds since 1970."""
        if self.house.is_live:
            return time.time_ns()
        newest = (await self.rows("newest", judged_ns=0))[0]["newest_ns"]
        return int(newest) + 1 or time.time_ns()

    async def page(self, request: Request, template: str, status_code: int = 200, /, **values: Any) -> Response:
        """Return a screen."""
        # A stranger is shown how to sign in, and not where on the disk the store is.
        is_stranger = refusal(request, self.house, self.sessions) is not None

        def text() -> str:
            return (
                templates()
                .get_template(template)
                .render(
                    house=self.house,
                    here=f"{request.url.scheme}://{request.url.netloc}",
                    path=request.scope["path"],
                    is_stranger=is_stranger,
                    **values,
                )
            )

        return HTMLResponse(await self.written(text), status_code)


@cache
def templates() -> Environment:
    """Return the templates: all that they are given is escaped, and made visible before."""
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS)
    return environment


def _source(name: str) -> str | None:
    found = files("culpa.web") / "templates" / name
    return found.read_text("utf-8") if found.is_file() else None
