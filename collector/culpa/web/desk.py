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

from culpa.analysis.explanation.explain import Explanation, contrasted, judged
from culpa.analysis.surface.session import Session
from culpa.store import Parameter, StoreUnavailable, json_rows
from culpa.web.at_once import at_once
from culpa.web.entry import Sessions, refusal
from culpa.web.fresh import Fresh
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
#: So many at most: one may have thousands of spans.
_KEPT: Final = 6
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
        self._explained = Fresh[Explanation](_KEPT)
        self._problems = Fresh[pa.Table]()
        self._rows = Fresh[list[Row]]()
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

    def problem(self, fingerprint: str) -> pa.Table:
        """Answer sql/problem.sql in this thread, or as it was answered a moment ago. Errors: StoreError."""
        if (kept := self._problems.get(fingerprint)) is not None:
            return kept
        return self._problems.keep(fingerprint, self.session.ask("problem", fingerprint=fingerprint), ANSWERED_S)

    def _ask(self, question: str, /, **parameters: Parameter) -> pa.Table:
        if question == "problem":
            return self.problem(str(parameters["fingerprint"]))
        return self.session.ask(question, **parameters)

    async def rows(self, name: str, /, **parameters: Parameter) -> list[Row]:
        """Answer a question as rows of values that JSON knows. Errors: StoreError."""
        return await self.in_thread(lambda: json_rows(self.session.ask(name, **parameters)))

    async def kept_rows(self, name: str, for_s: float = ANSWERED_S, /, **parameters: Parameter) -> list[Row]:
        """Answer a question as `rows`, or as it was answered at most `for_s` seconds ago: open pages ask it again.

        The rows are those of everybody who asks: leave them as they are. Errors: StoreError.
        """
        key = (name, *((one, str(value)) for one, value in sorted(parameters.items())))
        if (kept := self._rows.get(key)) is not None:
            return kept
        return self._rows.keep(key, await self.rows(name, **parameters), for_s)

    async def judged(self, name: str) -> Explanation:
        """Return what was judged and seen of a request or a problem's; kept for a moment: its screen has several parts.

        Errors: as `judged` of the analysis, StoreError.
        """
        return await self._once((name, False), lambda: judged(self.session.ask, name, at_once))

    async def explained(self, name: str) -> Explanation:
        """Return the same with what sets each failed request apart. Errors: as `judged`."""
        found = await self.judged(name)
        return await self._once((name, True), lambda: contrasted(self._ask, found, at_once))

    async def _once(self, key: tuple[str, bool], work: Callable[[], Explanation]) -> Explanation:
        if kept := self._explained.get(key):
            return kept
        for_s = _KEPT_S if self.house.is_live else _RECORDED_S
        return self._explained.keep(key, await self.in_thread(work), for_s)

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
