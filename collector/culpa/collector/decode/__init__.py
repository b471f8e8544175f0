"""OTLP bodies -> Arrow tables ready for the store. Pure: no I/O, no clock, the same bytes give the same rows.

`decode` is the only door. Protobuf goes through ptars, without Python work per span; where that has no wheel,
through Google's parser and loops. JSON through msgspec. All meet in `columns` and are read by the same code.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from culpa.collector.decode import json_body, messages, metric_json, metric_messages, wire
from culpa.collector.decode.apart import decode_apart, with_logs
from culpa.collector.decode.columns import Context, RawSpans
from culpa.collector.decode.decoded import Decoded
from culpa.collector.decode.envelope import items_of
from culpa.collector.decode.errors import Malformed
from culpa.collector.decode.json_body import telling
from culpa.collector.decode.logs import read_logs
from culpa.collector.decode.metrics import metric_table
from culpa.collector.decode.resource import Resource, resource_table
from culpa.collector.decode.spans import ReadSpans, failing_traces, have_ids, read_spans
from culpa.collector.decode.unreadable import unreadable_logs
from culpa.collector.exceptions import OWN_KEYS, STATUS_HINT, Sighting, error_in, exception_in_status, exception_table
from culpa.collector.kernels import arrow, boolean, pc
from culpa.collector.tables import column_of, times_of

__all__ = ["Decoded", "Malformed", "Signal", "decode", "profiles_in", "rows_as"]

Signal = Literal["traces", "logs", "metrics"]


def decode(signal: Signal, bodies: Sequence[bytes], *, is_json: bool = False) -> Decoded:
    """Decode decompressed request bodies of one signal and one encoding, all in one call.

    Errors: Malformed if any of the bodies cannot be decoded; call again body by body to find it. Of one body alone what
    can be decoded is, and the rest is counted as rejected; Malformed only if that is all of it.
    Promise: the same bodies give the same rows and ids.
    """
    try:
        return _decode(signal, bodies, is_json)
    except Exception as error:
        if len(bodies) == 1:
            return decode_apart(
                signal,
                bodies[0],
                lambda body: _decode(signal, [body], is_json),
                lambda body: _decode_logs([body], is_json),
                is_json=is_json,
            )
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"cannot decode one of {len(bodies)} bodies: {error!r}") from error


def profiles_in(body: bytes, *, is_json: bool = False) -> int:
    """Return how many profiles a body holds. Errors: Malformed."""
    return len(items_of("profiles", body, is_json=is_json)) if body else 0


def rows_as(signal: Signal, body: bytes) -> int:
    """Return how many rows a body in protobuf holds if it is of this signal, 0 if it is not, or is damaged."""
    try:
        return sum(_decode(signal, [body], False).rows_per_body)
    except Malformed:
        return 0


def _decode(signal: Signal, bodies: Sequence[bytes], is_json: bool) -> Decoded:
    if signal == "traces":
        return _decode_traces(bodies, is_json)
    if signal == "logs":
        return _decode_logs(bodies, is_json)
    return _decode_metrics(bodies, is_json)


def _decode_traces(bodies: Sequence[bytes], is_json: bool) -> Decoded:
    source = json_body if is_json else wire if wire.is_available() else messages
    raw = source.read_spans(bodies)
    decoded = build_traces(raw)
    return _with_refused(decoded, raw, bodies, is_json) if any(decoded.rejected_per_body) else decoded


def _with_refused(decoded: Decoded, raw: RawSpans, bodies: Sequence[bytes], is_json: bool) -> Decoded:
    """Keep the spans that have no proper id as records of a log."""
    body_of_row, refused = raw.context.body, np.flatnonzero(~have_ids(raw))
    numbers: list[int] = np.unique(body_of_row[refused]).tolist()
    for number in numbers:
        items = items_of("traces", bodies[number], is_json=is_json)
        first = int(np.searchsorted(body_of_row, number))
        places: list[int] = (refused[body_of_row[refused] == number] - first).tolist()
        kept = unreadable_logs("traces", [items[place] for place in places], is_json=is_json)
        decoded = with_logs(decoded, "traces", _decode_logs([kept], is_json))
    return decoded


def build_traces(raw: RawSpans) -> Decoded:
    """Build the relations of traces from columns as sent."""
    read = read_spans(raw)
    context, times = raw.context, times_of(read.table, "start_time")
    tables = {
        "spans": read.table if read.valid.all() else read.table.filter(arrow.array(read.valid)),
        "resources": resource_table(_first_seen(context, times)),
        "exceptions": exception_table([*_span_sightings(read), *_status_sightings(read)]),
    }
    rejected = np.bincount(context.body[~read.valid], minlength=context.bodies).tolist()
    reason = "{} of the spans rejected: a trace id must have 16 bytes and a span id 8, not all zero"
    suspects = failing_traces(tables["spans"]) | _traces(tables["exceptions"])
    return Decoded(
        tables,
        np.bincount(context.body[read.valid], minlength=context.bodies).tolist(),
        rejected,
        [reason.format(count) if count else "" for count in rejected],
        suspects,
    )


def _decode_logs(bodies: Sequence[bytes], is_json: bool) -> Decoded:
    source = json_body if is_json else wire if wire.is_available() else messages
    raw = source.read_logs(bodies)
    read = read_logs(raw)
    times = times_of(read.table, "time")
    tables = {
        "logs": read.table,
        "resources": resource_table(_first_seen(raw.context, times)),
        "exceptions": exception_table(read.sightings),
    }
    return _all_accepted(tables, raw.context, _traces(tables["exceptions"]))


def _decode_metrics(bodies: Sequence[bytes], is_json: bool) -> Decoded:
    source = metric_json if is_json else metric_messages
    built = source.read_metrics(bodies)
    context = built.context.build()
    with telling():
        table = metric_table(built)
    times = times_of(table, "time")
    tables = {"metric_points": table, "resources": resource_table(_first_seen(context, times))}
    return _all_accepted(tables, context, frozenset())


def _all_accepted(tables: dict[str, pa.Table], context: Context, suspects: frozenset[str]) -> Decoded:
    rows = np.bincount(context.body, minlength=context.bodies).tolist()
    return Decoded(tables, rows, [0] * context.bodies, [""] * context.bodies, suspects)


def _first_seen(context: Context, times: npt.NDArray[np.int64]) -> list[tuple[Resource, int]]:
    """Return the earliest time of each resource that brought rows."""
    earliest = np.full(len(context.resources), np.iinfo(np.int64).max)
    np.minimum.at(earliest, context.resource, times)
    has_rows = np.bincount(context.resource, minlength=len(context.resources)) > 0
    return [(resource, int(earliest[row])) for row, resource in enumerate(context.resources) if has_rows[row]]


def _span_sightings(read: ReadSpans) -> list[Sighting]:
    """Return the exceptions among the events of valid spans."""
    events = read.events
    rows = np.flatnonzero(events.is_exception & read.valid[events.span])
    if not len(rows):
        return []
    where, spans = arrow.array(rows), arrow.array(events.span[rows])
    names = ("trace_id", "span_id", "service_name", "resource_id")
    owners = [column_of(read.table, name).take(spans).to_pylist() for name in names]
    keys = events.attributes.keys.take(where).to_pylist()
    values = events.attributes.values.take(where).to_pylist()
    return [
        Sighting(trace_id, span_id, time, service, resource, "span", _named(dict(zip(names, texts, strict=True))))
        for trace_id, span_id, service, resource, time, names, texts in zip(
            *owners, events.time_ns[rows].tolist(), keys, values, strict=True
        )
    ]


def _status_sightings(read: ReadSpans) -> list[Sighting]:
    """Return the exceptions that stand only in the status message of a failed server's or consumer's span."""
    table = read.table
    is_hinted = boolean(pc.match_substring_regex(column_of(table, "status_message"), STATUS_HINT))
    failed = boolean(pc.equal(column_of(table, "status_code"), 2))
    serves = boolean(pc.is_in(column_of(table, "kind"), arrow.array([2, 5], column_of(table, "kind").type)))
    silent = np.ones(table.num_rows, bool)
    silent[read.events.span[read.events.is_exception]] = False
    rows = np.flatnonzero(is_hinted & failed & serves & silent & read.valid)
    if not len(rows):
        return []
    names = ("trace_id", "span_id", "service_name", "resource_id", "status_message")
    owners = [column_of(table, name).take(arrow.array(rows)).to_pylist() for name in names]
    ends = times_of(table, "start_time")[rows] + column_of(table, "duration_ns").to_numpy()[rows]
    return [
        Sighting(trace_id, span_id, end, service, resource, "status", exception_in_status(message))
        for trace_id, span_id, service, resource, message, end in zip(*owners, ends.tolist(), strict=True)
    ]


def _named(attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes with OpenTelemetry's own, where a logger told the error under other names."""
    return attributes if attributes.keys() & set(OWN_KEYS) else attributes | error_in(attributes)


def _traces(exceptions: pa.Table) -> frozenset[str]:
    return frozenset(trace_id for trace_id in column_of(exceptions, "trace_id").to_pylist() if trace_id)
