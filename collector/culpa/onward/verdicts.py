"""Tell one destination of verdicts. The store is the outbox: what has no delivery in it yet is still to be told.

A delivery is written down after the receiver took it. Only a kill between the two can make a verdict come twice, and it
has the same `culpa.verdict.id` then.
"""

import logging
import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination
from culpa.onward.event import Verdict, logs, spans
from culpa.onward.house import House
from culpa.onward.pauses import Pauses
from culpa.onward.post import NotTaken, Poster, pack
from culpa.store import Parameter, json_rows

logger = logging.getLogger("culpa.onward")

_S: Final = 10**9
#: Verdicts in one export.
_MOST: Final = 200
#: A verdict is committed so long after it was judged, at the latest.
_COMMIT_NS: Final = 600 * _S
#: A restart need not look further back than the last mark.
_MARK_NS: Final = 3600 * _S


@cache
def _text_of(name: str) -> str:
    return (files("culpa.onward") / "sql" / f"{name}.sql").read_text("utf-8")


class Teller:
    """Tells one destination, called again and again by one thread."""

    def __init__(self, house: House, destination: Destination, counts: Counts) -> None:
        """Ask nothing yet."""
        self._house = house
        self._to = destination
        self._poster = Poster(destination, counts)
        self._pauses = Pauses()
        self._seen = -1
        #: Everything that was judged before was told, ns since 1970; 0 while that is not known.
        self._since_ns = 0
        self._marked_ns = 0
        self._counts = counts

    def tell(self) -> None:
        """Tell what is due, some of it at a time. Errors: StoreError."""
        judgements = self._house.judgements
        if judgements == self._seen or not self._pauses.is_over(time.monotonic()):
            return
        now_ns = time.time_ns()
        if not self._since_ns:
            self._begin(now_ns)
        parameters: dict[str, Parameter] = {
            "destination": self._to.name,
            "since_ns": self._since_ns - _COMMIT_NS,
            "max_rows": _MOST,
        }
        due = json_rows(self._house.query(_text_of("due"), parameters))
        if due and not self._sent(due):
            return
        if len(due) < _MOST:
            self._seen = judgements
            self._since_ns = now_ns
            if now_ns - self._marked_ns > _MARK_NS:
                self._mark(now_ns)

    def _begin(self, now_ns: int) -> None:
        """Learn where a collector of before stopped; who is new hears of what was judged just now, and later."""
        [row] = json_rows(self._house.query(_text_of("mark"), {"destination": self._to.name}))
        self._since_ns = self._marked_ns = row["judged_ns"]
        if not self._since_ns:
            self._since_ns = now_ns
            self._mark(now_ns)

    def _mark(self, judged_ns: int) -> None:
        self._house.add({"onward_deliveries": [self._row({}, judged_ns, "mark", "")]})
        self._marked_ns = judged_ns

    def _sent(self, due: Sequence[Verdict]) -> bool:
        """Send, and write down at once what came of it; say whether the destination can be asked for more."""
        try:
            rejected = self._poster.post("logs", pack(logs(due)))
            if self._to.spans:
                self._poster.post("traces", pack(spans(due)))
        except NotTaken as error:
            if not error.is_final:
                self._pauses.failed(time.monotonic(), error.wait_s)
                logger.warning("%d verdicts wait: %s", len(due), error)
                return False
            if len(due) > 1:
                # One that cannot be read costs no other.
                half = len(due) // 2
                return self._sent(due[:half]) and self._sent(due[half:])
            logger.error("the verdict on %s is not told: %s", due[0]["trace_id"], error)
            self._note(due, "refused", str(error))
            return True
        self._pauses.went_well()
        if rejected.number < len(due):
            self._note(due, "sent", "")
        else:
            self._note(due, "refused", "the backend took the export and rejected every record of it")
        return True

    def _note(self, due: Sequence[Verdict], outcome: str, message: str) -> None:
        rows = [self._row(one, one["judged_ns"], outcome, message) for one in due]
        self._house.add({"onward_deliveries": rows})
        self._counts.verdicts[self._to.name, outcome] += len(due)

    def _row(self, verdict: Verdict, judged_ns: int, outcome: str, message: str) -> dict[str, object]:
        return {
            "destination": self._to.name,
            "trace_id": verdict.get("trace_id", ""),
            "request_span_id": verdict.get("request_span_id", ""),
            "judged_at": judged_ns,
            "time": time.time_ns(),
            "outcome": outcome,
            "message": message,
        }
