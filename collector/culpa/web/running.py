"""Queries that people wrote, while they run: each is stopped when its reader goes away, or by word."""

import itertools
import time
from dataclasses import dataclass

import anyio
import pyarrow as pa
from starlette.requests import Request

from culpa.store import QueryFailed, StoreError
from culpa.web.house import House


class Stopped(QueryFailed):
    """Somebody stopped the query, or nobody waits for its answer any more."""


@dataclass(frozen=True)
class Running:
    """One query that runs: its number, its text, and since when (monotonic seconds)."""

    number: int
    text: str
    began_s: float
    scope: anyio.CancelScope

    @property
    def seconds(self) -> int:
        """Return for how long it has run."""
        return int(time.monotonic() - self.began_s)


class Runs:
    """All queries that run now. Lives on one event loop."""

    def __init__(self, house: House) -> None:
        """Run none."""
        self._house = house
        self._numbers = itertools.count(1)
        self._running: dict[int, Running] = {}

    def now(self) -> list[Running]:
        """Return those that run, the oldest first."""
        return list(self._running.values())

    def stop(self, number: int) -> bool:
        """Stop one; say whether it ran."""
        found = self._running.get(number)
        if found:
            found.scope.cancel()
        return found is not None

    async def answer(self, request: Request, sql: str) -> pa.Table:
        """Answer a query for as long as whoever sent the request waits. Errors: Stopped, StoreError."""
        answers: list[pa.Table] = []
        errors: list[StoreError] = []
        async with anyio.create_task_group() as group:
            one = Running(next(self._numbers), sql, time.monotonic(), group.cancel_scope)
            self._running[one.number] = one
            try:
                group.start_soon(self._watch, request, group.cancel_scope)
                answers.append(await self._house.answer(sql))
            except StoreError as error:
                # Out of the group it would come wrapped.
                errors.append(error)
            finally:
                del self._running[one.number]
                group.cancel_scope.cancel()
        if errors:
            raise errors[0]
        if not answers:
            raise Stopped("the query was stopped")
        return answers[0]

    async def _watch(self, request: Request, scope: anyio.CancelScope) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        scope.cancel()
