"""Read of an answer of 200 what the backend left out all the same, count it, and say it.

Source: OTLP 1.x specification, "Partial Success": what is rejected so must not be sent again, and a message without a
number is a warning.
"""

import logging
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from culpa.analysis.plain import flowing, shortened
from culpa.instrumentation.redact import redact_text
from culpa.onward.counts import Counts

logger = logging.getLogger("culpa.onward")

#: By signal: the answer, the field that counts, and what is counted.
_ANSWERS: Final[Mapping[str, tuple[type[Message], str, str]]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "spans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "log records"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "data points"),
}
#: Characters of a backend's own message.
_MOST_SAID: Final = 300
#: A backend that rejects something of each body is said to do so this often. Seconds.
_QUIET_S: Final = 600.0
#: A shorter value of a header, such as `1`, is no secret, and taking it out would spoil the message.
_SECRET_CHARS: Final = 6


class Rejected(NamedTuple):
    """What a backend says that it left out: how many items, and why."""

    number: int
    message: str


def read_rejected(signal: str, body: bytes, *, is_json: bool) -> Rejected:
    """Return what an answer says was left out: nothing where it cannot be read, as some backends answer in words."""
    kind, field, _ = _ANSWERS[signal]
    answer = kind()
    try:
        if is_json:
            Parse(body, answer, ignore_unknown_fields=True)
        else:
            answer.ParseFromString(body)
    except (ParseError, DecodeError, UnicodeDecodeError, RecursionError):
        return Rejected(0, "")
    partial = getattr(answer, "partial_success")  # noqa: B009 - Message itself has no such field
    return Rejected(max(0, getattr(partial, field)), partial.error_message)


class Rejections:
    """Counts and says what one destination rejects. For one thread."""

    def __init__(self, destination: str, counts: Counts) -> None:
        """Begin at nothing."""
        self._destination = destination
        self._counts = counts
        self._said_at: dict[str, float] = {}
        self._since: dict[str, int] = {}

    def take(self, signal: str, rejected: Rejected, headers: Mapping[str, str]) -> None:
        """Count what was rejected, and say it at once, but not again and again. `headers` are those that were sent."""
        number, message = rejected
        if not number and not message:
            return
        self._counts.rejected[self._destination, signal] += number
        self._since[signal] = self._since.get(signal, 0) + number
        now = time.monotonic()
        if signal in self._said_at and now - self._said_at[signal] < _QUIET_S:
            return
        self._said_at[signal] = now
        items = _ANSWERS[signal][2]
        total = self._since.pop(signal)
        what = f"took {signal} but rejected {total} {items}, which are not sent again" if total else f"took {signal}"
        why = f": it says “{_plain(message, headers)}”" if message else ", and does not say why"
        logger.warning("destination %r %s%s", self._destination, what, why)


def _plain(message: str, headers: Mapping[str, str]) -> str:
    """Return a backend's words as one short line without secrets, ours among them."""
    for value in (part for given in headers.values() for part in (given, *given.split())):
        if len(value) >= _SECRET_CHARS:
            message = message.replace(value, "***")
    return shortened(flowing(redact_text(message[: 4 * _MOST_SAID])), _MOST_SAID)
