"""Answer questions over snapshots of a store that goes on being written, so many at a time."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pyarrow as pa

from culpa.collector.queries.answer import Answer
from culpa.collector.queries.forker import Forker
from culpa.collector.queries.holding import Holding
from culpa.collector.queries.limits import Limits
from culpa.collector.queries.places import NoPlace, Places
from culpa.collector.queries.waiting import Waiting
from culpa.store import DuckDBStore, Parameter, QueryFailed, Snapshot, StoreRewritten, StoreUnavailable

logger = logging.getLogger("culpa.collector")

#: So much later than its own time-out, which tells more, an answer is broken off from here.
_GRACE_S = 10.0
#: What is said where no place becomes free.
NO_PLACE = "as many questions as may be are being answered already; try again soon"
#: So many texts are known to do no harm: more than the screens have questions.
_KNOWN = 256


@dataclass(frozen=True)
class Begun:
    """An answer that has begun: its first parts, the rest, and until when it must have been read (loop's time)."""

    first: list[bytes]
    answer: Answer
    until: float


class Questions:
    """Asks each question in a process of its own; who comes when all places are taken waits for a while."""

    def __init__(self, store: DuckDBStore, forker: Forker, limits: Limits, number: int, wait_s: float) -> None:
        """Answer `number` questions at a time."""
        self._forker = forker
        self._limits = limits
        self._places = Places(number, wait_s)
        #: Digests of texts that were found to be one SELECT, and answered: values are not in them, so they come again.
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._waiting = Waiting()
        # Who has a place needs one.
        self._holding = Holding(store, number)

    async def begin(
        self, stack: AsyncExitStack, sql: str, parameters: Mapping[str, Parameter], form: str = "arrow"
    ) -> Begun:
        """Ask; place, snapshot and process are held until the stack ends. Errors: NoPlace, StoreError."""
        await stack.enter_async_context(self._places.one())
        for is_last in (False, True):
            async with AsyncExitStack() as held:
                try:
                    answer = await self.fork(held, await self.hold(held))
                    begun = await self.ask(answer, sql, parameters, is_last=is_last, form=form)
                except StoreRewritten as error:
                    if is_last:
                        raise
                    logger.warning("a question is asked again: %s", error)
                else:
                    stack.push_async_exit(held.pop_all())
                    return begun
        raise AssertionError("unreachable")

    async def take_place(self, stack: AsyncExitStack, *, at_once: bool = False) -> bool:
        """Hold a place until the stack ends; `at_once`: only where one is free, else False. Errors: NoPlace."""
        if at_once and not self._places.is_any_free:
            return False
        await stack.enter_async_context(self._places.one())
        return True

    async def hold(self, stack: AsyncExitStack) -> Snapshot:
        """Hold a snapshot until the stack ends; who does has a place. Errors: StoreUnavailable."""
        return await self._holding.enter(stack)

    async def fork(self, stack: AsyncExitStack, snapshot: Snapshot) -> Answer:
        """Return a process that answers over the snapshot; it ends with the stack. Errors: StoreUnavailable."""
        answer = Answer(await self._forker.fork(snapshot, self._limits), self._limits)
        stack.callback(answer.close)
        return answer

    async def reader(self, stack: AsyncExitStack, snapshot: Snapshot) -> Answer:
        """Return a process that answers our own questions over the snapshot; after the stack it waits for others.

        Errors: StoreUnavailable.
        """
        answer = self._waiting.take()
        if answer:
            answer.renew(snapshot)
        else:
            answer = Answer(await self._forker.fork(snapshot, self._limits), self._limits)
            answer.when_gone(self._waiting.end)
        stack.callback(self._waiting.put, answer)
        return answer

    async def ask(
        self,
        answer: Answer,
        sql: str,
        parameters: Mapping[str, Parameter],
        *,
        is_last: bool = False,
        is_whole: bool = False,
        form: str = "arrow",
    ) -> Begun:
        """Ask a process its next question; `is_last`, `is_whole` and `form` as in `Answer.begin`.

        Errors: StoreError, and then it answers no more.
        """
        until = asyncio.get_running_loop().time() + self._limits.timeout_s + _GRACE_S
        try:
            async with asyncio.timeout_at(until):
                first = await answer.begin(
                    sql, parameters, is_checked=self._is_known(sql), is_last=is_last, is_whole=is_whole, form=form
                )
        except TimeoutError as error:
            # Its process should have ended by itself; it was stopped, or never came to be.
            raise StoreUnavailable(f"no answer came within {self._limits.timeout_s:g} s; ask again") from error
        self._know(sql)
        return Begun(first, answer, until)

    def _is_known(self, sql: str) -> bool:
        return _digest(sql) in self._known

    def _know(self, sql: str) -> None:
        # What is explained is run under another text.
        if sql.lstrip().lower().startswith(("select", "with", "--")):
            self._known[_digest(sql)] = None
            while len(self._known) > _KNOWN:
                self._known.popitem(last=False)

    async def table(self, sql: str, parameters: Mapping[str, Parameter], max_bytes: int) -> pa.Table:
        """Return the whole answer, of at most `max_bytes` bytes. Errors: StoreError."""
        try:
            async with AsyncExitStack() as stack:
                return await self.whole(await self.begin(stack, sql, parameters), max_bytes)
        except NoPlace as error:
            raise StoreUnavailable(NO_PLACE) from error

    async def whole(self, begun: Begun, max_bytes: int) -> pa.Table:
        """Return all of an answer that has begun, of at most `max_bytes` bytes. Errors: StoreError."""
        parts, size = begun.first, sum(map(len, begun.first))
        try:
            async with asyncio.timeout_at(begun.until):
                async for part in begun.answer.rest():
                    parts.append(part)
                    size += len(part)
                    if size > max_bytes:
                        raise QueryFailed(f"the answer has more than {max_bytes} bytes; ask for less")
        except TimeoutError as error:
            raise StoreUnavailable(f"no answer came within {self._limits.timeout_s:g} s; ask again") from error
        with pa.ipc.open_stream(pa.py_buffer(b"".join(parts))) as reader:
            return reader.read_all()


def _digest(sql: str) -> bytes:
    return hashlib.sha256(sql.encode("utf-8", "surrogatepass")).digest()
