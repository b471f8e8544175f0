"""All questions of one screen over one snapshot: answered by one process, by two where one would keep them waiting.

To begin a process and attach the store takes as long as many a question, and what one has read of the files is there
for the next: also for the next screen, which takes over the processes of the last one where they still wait.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

import pyarrow as pa

from culpa.collector.queries.answer import Answer
from culpa.collector.queries.places import NoPlace
from culpa.collector.queries.questions import NO_PLACE, Questions
from culpa.store import Parameter, Snapshot, StoreRewritten, StoreUnavailable

#: Beyond the first process only as many places as are free are taken.
_MOST: Final = 2
#: Who asks no more for so long, as somebody may send a form slowly, holds nothing. Units: seconds.
_IDLE_S: Final = 1.0


class Moment:
    """A picture of the store that is taken with the first question. Lives on one event loop."""

    def __init__(self, questions: Questions) -> None:
        """Hold nothing yet."""
        self._questions = questions
        self._changed = asyncio.Condition()
        self._held: tuple[AsyncExitStack, Snapshot] | None = None
        self._idle: list[Answer] = []
        self._number = 0
        self._is_closed = False
        self._waiting: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def table(self, sql: str, parameters: Mapping[str, Parameter], max_bytes: int) -> pa.Table:
        """Return a whole answer, of at most `max_bytes` bytes. Errors: StoreError."""
        if self._is_closed:
            return await self._questions.table(sql, parameters, max_bytes)
        try:
            return await self._asked(sql, parameters, max_bytes)
        except NoPlace as error:
            raise StoreUnavailable(NO_PLACE) from error
        except StoreRewritten:
            # A new picture is taken: of this one nothing more will come.
            await self.let_go()
            return await self._questions.table(sql, parameters, max_bytes)

    async def _asked(self, sql: str, parameters: Mapping[str, Parameter], max_bytes: int) -> pa.Table:
        answer = await self._taken()
        is_well = False
        try:
            begun = await self._questions.ask(answer, sql, parameters, is_whole=True)
            found = await self._questions.whole(begun, max_bytes)
            is_well = True
        finally:
            if not is_well:
                answer.close()
            await self._give_back(answer if is_well else None)
        return found

    async def _taken(self) -> Answer:
        """Return a process that nobody else asks now. Errors: NoPlace, StoreError."""
        async with self._changed:
            if self._waiting:
                self._waiting.cancel()
                self._waiting = None
            while not self._idle:
                stack, snapshot = self._held or await self._take_picture()
                if self._number < _MOST and (not self._number or await self._questions.take_place(stack, at_once=True)):
                    answer = await self._questions.reader(stack, snapshot)
                    self._number += 1
                    return answer
                await self._changed.wait()
            return self._idle.pop()

    async def _take_picture(self) -> tuple[AsyncExitStack, Snapshot]:
        async with AsyncExitStack() as stack:
            await self._questions.take_place(stack)
            snapshot = await self._questions.hold(stack)
            self._held = stack.pop_all(), snapshot
        return self._held

    async def _give_back(self, answer: Answer | None) -> None:
        """Let others ask a process; None for one that answers no more."""
        async with self._changed:
            if answer:
                self._idle.append(answer)
            else:
                self._number -= 1
            if len(self._idle) == self._number:
                self._rest()
            self._changed.notify_all()

    def _rest(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(0 if self._is_closed else _IDLE_S, self._end)

    def _end(self) -> None:
        self._ending = asyncio.get_running_loop().create_task(self.let_go())

    async def let_go(self) -> None:
        """Hold nothing any more, unless a question is being answered; the next one takes a new picture."""
        async with self._changed:
            if self._held and len(self._idle) == self._number:
                (stack, _), self._held = self._held, None
                self._idle, self._number = [], 0
                await stack.aclose()

    async def close(self) -> None:
        """Hold nothing once the last question is answered. May be called twice."""
        self._is_closed = True
        if self._waiting:
            self._waiting.cancel()
        await self.let_go()
