"""Take request bodies in, decode them in groups on a thread of its own, and hand the rows to the writer."""

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import pyarrow as pa

from culpa.collector.decode import Decoded, Malformed, Signal
from culpa.collector.intake.halves import decode_each
from culpa.collector.intake.listener import Listener, heard
from culpa.collector.intake.uploads import Busy, Turnaways, Uploads
from culpa.collector.measures import Measures
from culpa.collector.writer import Body, Receipt, Writer, digest_of
from culpa.store import StoreError

logger = logging.getLogger("culpa.collector")

#: A decode call costs 2-3 ms whatever it holds, and holds the interpreter's lock: this much is a fair share.
_GROUP_BYTES = 8 * 1024**2

#: The relation whose rows count as the items of a body.
MAIN_RELATION: dict[Signal, str] = {"traces": "spans", "logs": "logs", "metrics": "metric_points"}


@dataclass(frozen=True)
class _Waiting:
    body: bytes
    digest: str
    answer: Future[Receipt]


class Intake:
    """The bounded queue between receivers and the writer. Any thread may submit."""

    def __init__(self, writer: Writer, queue_bytes: int, measures: Measures | None = None) -> None:
        """Start the decode thread. `queue_bytes` bounds the bodies that are not durable yet."""
        self._writer = writer
        self._measures = measures or Measures()
        self._queue_bytes = queue_bytes
        self._held_bytes = 0
        #: What receivers share: the bodies that are on their way in, and whether there is too much of them.
        self.uploads = Uploads(queue_bytes)
        self.turnaways = Turnaways()
        self._listener: Listener | None = None
        self._queues: dict[tuple[Signal, bool], deque[_Waiting]] = {}
        self._changed = threading.Condition()
        self._is_decoding = False
        writer.expect(lambda: self._is_decoding or any(list(self._queues.values())))
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="culpa-decode", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Say whether the decode thread runs."""
        return self._thread.is_alive()

    @property
    def queue(self) -> tuple[int, int]:
        """Return how many bytes of bodies are not durable yet, and how many may be."""
        return self._held_bytes, self._queue_bytes

    @property
    def has_room(self) -> bool:
        """Say whether a body would be taken now."""
        return self._held_bytes < self._queue_bytes

    def check_space(self) -> None:
        """Do nothing while there is room on the disk. Errors: StoreFull."""
        self._writer.check_space()

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of each body that is taken from now on, before its sender is answered."""
        self._listener = listener

    def submit(self, signal: Signal, body: bytes, *, is_json: bool = False) -> Future[Receipt]:
        """Store one body; the future completes after its commit, and after the listener's word where there is one.

        Promise: an exact repeat of a stored body is answered without storing it again.
        Errors: Busy; StoreFull; by the future Malformed or a StoreError.
        """
        answer = self._submit(signal, body, is_json=is_json)
        return heard(answer, self._listener, signal, body, is_json=is_json) if self._listener and body else answer

    def _submit(self, signal: Signal, body: bytes, *, is_json: bool) -> Future[Receipt]:
        answer: Future[Receipt] = Future()
        answer.set_running_or_notify_cancel()
        if not body:
            answer.set_result(Receipt())
            return answer
        if not self.has_room or self._is_closing:
            raise Busy("more is waiting to be stored than queue_bytes allows; send again later")
        self._writer.check_space()
        digest = digest_of(f"{signal} {is_json}", body)
        try:
            on_its_way = self._writer.digests.claim(digest, answer)
        except KeyError:
            answer.set_result(Receipt())
            return answer
        if on_its_way is not None:
            return on_its_way
        with self._changed:
            self._held_bytes += len(body)
            self._queues.setdefault((signal, is_json), deque()).append(_Waiting(body, digest, answer))
            self._changed.notify()
        answer.add_done_callback(lambda _: self._stored(len(body)))
        return answer

    def submit_rows(self, tables: Mapping[str, pa.Table]) -> Future[None]:
        """Store a few rows that need no decoding; the future completes after their commit.

        Errors: as for `Writer.submit`.
        """
        return self._writer.submit(tables)

    def _stored(self, size: int) -> None:
        with self._changed:
            self._held_bytes -= size

    def close(self) -> None:
        """Decode what waits and end the thread; the writer stays. May be called twice."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (group := self._next()) is not None:
            signal, is_json, waiting = group
            self._handle(signal, is_json, waiting)

    def _next(self) -> tuple[Signal, bool, list[_Waiting]] | None:
        """Wait for bodies; return those of one kind, up to a group's size, kinds taking turns."""
        with self._changed:
            while not (kind := next((kind for kind, waiting in self._queues.items() if waiting), None)):
                if self._is_closing:
                    return None
                self._changed.wait()
            waiting = self._queues.pop(kind)
            group: list[_Waiting] = []
            size = 0
            while waiting and (not group or size + len(waiting[0].body) <= _GROUP_BYTES):
                group.append(waiting.popleft())
                size += len(group[-1].body)
            # Behind the others: a flood of one signal does not starve another.
            self._queues[kind] = waiting
            return (*kind, group)

    def _handle(self, signal: Signal, is_json: bool, group: list[_Waiting]) -> None:
        self._is_decoding = True
        try:
            for part, decoded in decode_each(signal, group, lambda waiting: waiting.body, is_json=is_json):
                if isinstance(decoded, Malformed):
                    if decoded.__cause__ is not None:
                        logger.error("decoding %s failed: %s", signal, decoded, exc_info=decoded.__cause__)
                    self._refuse(part, decoded)
                    continue
                # Before the rows are handed over: they are what the writer waits for.
                self._is_decoding = False
                self._hand_over(signal, part, decoded)
                self._is_decoding = True
        finally:
            self._is_decoding = False

    def _hand_over(self, signal: Signal, part: Sequence[_Waiting], decoded: Decoded) -> None:
        self._measures.rejected(signal, sum(decoded.rejected_per_body))
        answers = zip(part, decoded.rows_per_body, decoded.rejected_per_body, decoded.messages, strict=True)
        bodies = [
            Body(rows, waiting.digest, Receipt(rejected, message), waiting.answer)
            for waiting, rows, rejected, message in answers
        ]
        try:
            self._writer.submit_bodies(decoded.tables, decoded.suspects, MAIN_RELATION[signal], bodies)
        except StoreError as error:
            self._refuse(part, error)
        except Exception as error:
            # Bodies that our own code cannot cope with must not end the thread, nor be sent for ever.
            logger.exception("rows of %s cannot be handed over", signal)
            self._refuse(part, Malformed(f"cannot store this body: {error!r}"))

    def _refuse(self, part: Sequence[_Waiting], error: Exception) -> None:
        for waiting in part:
            self._writer.digests.settle(waiting.digest, is_stored=False)
            waiting.answer.set_exception(error)
