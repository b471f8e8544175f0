"""Protobuf bodies -> columns by ptars: Rust walks the bytes, no Python work per row.

ptars holds the GIL for its whole call (about 2 us a span); callers keep a group of bodies below some 16k
spans.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1 import common_pb2

from culpa.collector.decode.anyvalue import UNREADABLE, Plain, plain_of, text_of
from culpa.collector.decode.columns import (
    Attributes,
    Context,
    Events,
    Index,
    Links,
    RawLogs,
    RawSpans,
    Values,
)
from culpa.collector.decode.descriptor import slim_file, slim_message
from culpa.collector.decode.errors import Malformed
from culpa.collector.decode.resource import resource_of, scope_of
from culpa.collector.kernels import Column, arrow, pc

try:
    import ptars
except ImportError:  # no wheel for this platform: decode falls back to `messages`
    ptars = None  # type: ignore[assignment]


def is_available() -> bool:
    """Tell whether ptars can be imported here."""
    return ptars is not None


def read_spans(bodies: Sequence[bytes]) -> RawSpans:
    """Decode bodies of /v1/traces. Errors: Malformed."""
    rows, context = _walk("TracesData", bodies)
    status = rows.field("status")
    events, links = rows.field("events"), rows.field("links")
    event, link = _items(events), _items(links)
    return RawSpans(
        context=context,
        trace_id=rows.field("trace_id"),
        span_id=rows.field("span_id"),
        parent_span_id=rows.field("parent_span_id"),
        trace_state=rows.field("trace_state"),
        name=rows.field("name"),
        kind=rows.field("kind"),
        start=_numbers(rows.field("start_time_unix_nano")),
        end=_numbers(rows.field("end_time_unix_nano")),
        # struct_field, unlike field, knows that a member of an absent message is absent
        status_code=pc.struct_field(status, "code").fill_null(0),
        status_message=pc.struct_field(status, "message").fill_null(""),
        flags=rows.field("flags"),
        attributes=_attributes(rows.field("attributes")),
        events=Events(
            _offsets(events),
            _numbers(event.field("time_unix_nano")),
            event.field("name"),
            _attributes(event.field("attributes")),
        ),
        links=Links(
            _offsets(links),
            link.field("trace_id"),
            link.field("span_id"),
            _attributes(link.field("attributes")),
        ),
    )


def read_logs(bodies: Sequence[bytes]) -> RawLogs:
    """Decode bodies of /v1/logs. Errors: Malformed."""
    rows, context = _walk("LogsData", bodies)
    return RawLogs(
        context=context,
        time=_numbers(rows.field("time_unix_nano")),
        observed=_numbers(rows.field("observed_time_unix_nano")),
        severity_number=rows.field("severity_number"),
        severity_text=rows.field("severity_text"),
        event_name=rows.field("event_name"),
        trace_id=rows.field("trace_id"),
        span_id=rows.field("span_id"),
        body=_values(rows.field("body")),
        attributes=_attributes(rows.field("attributes")),
    )


@cache
def _handler(message: str) -> Any:
    rust: Any = ptars
    return rust.HandlerPool([slim_file()]).get_for_message(slim_message(message))


def _decode(message: str, bodies: Sequence[bytes]) -> Column:
    try:
        batch: Column = _handler(message).list_to_record_batch(list(bodies))
    except (ValueError, TypeError, RuntimeError, pa.ArrowException) as error:
        raise Malformed(f"cannot decode the body as OTLP protobuf ({error}); check the sender's encoding") from None
    except BaseException as error:
        # A panic of the Rust code derives from BaseException; the process and the library survive it.
        if type(error).__name__ == "PanicException":
            raise Malformed(
                "cannot decode the body as OTLP protobuf (bad length); check the sender's encoding"
            ) from None
        raise
    return batch


def _walk(message: str, bodies: Sequence[bytes]) -> tuple[Column, Context]:
    """Go down resource and scope to the rows and remember where each comes from."""
    per_body = _decode(message, bodies).column(0)
    resources = _items(per_body)
    per_resource = resources.field(1)
    scopes = _items(per_resource)
    per_scope = scopes.field(1)
    rows = _items(per_scope)
    scope = _parents(per_scope)
    resource = _parents(per_resource)[scope]
    try:
        known_resources = [
            resource_of(serialized or b"", url or "")
            for serialized, url in zip(resources.field(0).to_pylist(), resources.field(2).to_pylist(), strict=True)
        ]
        known_scopes = [scope_of(serialized or b"") for serialized in scopes.field(0).to_pylist()]
    except DecodeError as error:
        raise Malformed(f"cannot decode a resource or scope ({error}); check the sender's encoding") from None
    body = _parents(per_body)[resource]
    return rows, Context(len(bodies), known_resources, known_scopes, body, resource, scope)


def _offsets(lists: Column) -> Index:
    """Return the offsets of a list array as ptars and `field` give it, starting at 0."""
    raw = np.frombuffer(lists.buffers()[1], "<i4")[lists.offset : lists.offset + len(lists) + 1]
    return raw - raw[0] if len(raw) else np.zeros(1, np.int32)


def _items(lists: Column) -> Column:
    if not len(lists):
        return lists.values.slice(0, 0)
    raw = np.frombuffer(lists.buffers()[1], "<i4")[lists.offset : lists.offset + len(lists) + 1]
    return lists.values.slice(int(raw[0]), int(raw[-1] - raw[0]))


def _parents(lists: Column) -> Index:
    return np.repeat(np.arange(len(lists), dtype=np.int32), np.diff(_offsets(lists)))


def _numbers(column: Column) -> npt.NDArray[np.uint64]:
    numbers: npt.NDArray[np.uint64] = column.to_numpy(zero_copy_only=False).astype(np.uint64, copy=False)
    return numbers


def _attributes(lists: Column) -> Attributes:
    pairs = _items(lists)
    return Attributes(_offsets(lists), pairs.field("key"), _values(pairs.field("value")))


def _values(value: Column) -> Values:
    members = [pc.struct_field(value, i) if value.null_count else value.field(i) for i in range(7)]
    text, flag, integer, real, array, pairs, raw = members
    nested = arrow.nulls(len(value), arrow.string())
    for column, read in ((array, _array_text), (pairs, _map_text), (raw, text_of)):
        if column.null_count < len(column):
            nested = _put(nested, column, read)
    return Values(text, integer, real, flag, nested)


def _put(nested: Column, column: Column, read: Callable[[bytes], str]) -> Column:
    """Put the text of serialized values in place, each distinct one read once: they repeat a lot."""
    valid = column.is_valid()
    encoded = pc.dictionary_encode(column.filter(valid))
    texts = arrow.array([_or_mark(read, raw) for raw in encoded.dictionary.to_pylist()], arrow.string())
    return pc.replace_with_mask(nested, valid, texts.take(encoded.indices))


def _or_mark(read: Callable[[bytes], str], raw: bytes) -> str:
    """Return the text of a serialized value, or a mark: it costs its span nothing else."""
    try:
        return read(raw)
    except (DecodeError, RecursionError):
        return UNREADABLE


def _array_text(raw: bytes) -> str:
    return text_of([plain_of(value) for value in common_pb2.ArrayValue.FromString(raw).values])


def _map_text(raw: bytes) -> str:
    pairs: Plain = {pair.key: plain_of(pair.value) for pair in common_pb2.KeyValueList.FromString(raw).values}
    return text_of(pairs)
