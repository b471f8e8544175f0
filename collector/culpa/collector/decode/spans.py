"""Spans as they were sent -> rows of `spans`, and the events among them that are exceptions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from culpa.collector.decode.arrays import clamp, clean_texts, having, hex_texts, timestamps
from culpa.collector.decode.attributes import Split, split_attributes
from culpa.collector.decode.columns import Events, Index, Links, RawSpans
from culpa.collector.decode.derived import complete
from culpa.collector.decode.ids import entity_columns, known_ids, spread, valid_ids
from culpa.collector.decode.promoted import SPAN_PROMOTIONS
from culpa.collector.decode.sampling import sampled_one_in
from culpa.collector.exceptions import ERROR_KEYS, OWN_KEYS, error_in
from culpa.collector.kernels import Column, arrow, boolean, pc
from culpa.collector.tables import column_of, column_type, table_of


@dataclass(frozen=True, slots=True)
class ReadEvents:
    """The events of all spans, read."""

    time_ns: npt.NDArray[np.int64]
    span: Index  # of each event: which span
    attributes: Split
    is_exception: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReadSpans:
    """Rows of `spans` before invalid ones are left out, and what the other relations need of them."""

    table: pa.Table
    valid: npt.NDArray[np.bool_]
    events: ReadEvents


def read_spans(raw: RawSpans) -> ReadSpans:
    """Build the rows of all spans, vectorised; `valid` tells which have proper ids."""
    kinds = raw.kind.to_numpy(zero_copy_only=False).astype(np.int32)
    split = split_attributes(raw.attributes, SPAN_PROMOTIONS, kinds)
    names = clean_texts(raw.events.name)
    told = split_attributes(raw.events.attributes)
    events = ReadEvents(
        clamp(raw.events.time),
        np.repeat(np.arange(len(raw.name), dtype=np.int32), np.diff(raw.events.offsets)),
        told,
        _tells_exception(names, told),
    )
    own = _own_columns(raw)
    columns = {
        **own,
        **entity_columns(raw.context),
        **complete(split.columns, kinds),
        "attr_keys": split.keys,
        "attr_vals": split.values,
        "events": _other_events(raw.events, names, events),
        "links": _links(raw.links),
        "sampled_one_in": sampled_one_in(own["trace_state"], split),
    }
    valid = have_ids(raw)
    return ReadSpans(table_of("spans", columns), valid, events)


def _tells_exception(names: Column, told: Split) -> npt.NDArray[np.bool_]:
    """Mark the events that tell an exception, also those named after a log call, or `error` as OpenTracing has it."""
    marked = boolean(pc.equal(names, "exception"))
    keys = pc.list_flatten(told.keys)
    if not len(keys):
        return marked
    marked = marked | boolean(having(told.keys, pc.is_in(keys, arrow.array(OWN_KEYS))))
    is_grave = pc.and_(pc.equal(keys, "level"), pc.equal(pc.list_flatten(told.values), "ERROR"))
    is_error = boolean(pc.or_(pc.equal(names, "error"), having(told.keys, is_grave)))
    maybe = is_error & ~marked & boolean(having(told.keys, pc.is_in(keys, arrow.array(ERROR_KEYS))))
    for row in np.flatnonzero(maybe).tolist():
        pairs = zip(told.keys[row].as_py(), told.values[row].as_py(), strict=True)
        marked[row] = bool(error_in(dict(pairs)))
    return marked


def failing_traces(table: pa.Table) -> frozenset[str]:
    """Return the trace ids of spans that show a failure: status error, or answered 5xx."""
    error = pc.equal(column_of(table, "status_code"), 2)
    failed = pc.or_(error, pc.greater_equal(column_of(table, "http_response_status_code"), 500))
    return frozenset(pc.unique(column_of(table, "trace_id").filter(failed)).to_pylist())


def have_ids(raw: RawSpans) -> npt.NDArray[np.bool_]:
    """Mark the spans whose ids are such as OpenTelemetry asks for."""
    return valid_ids(raw.trace_id, 16) & valid_ids(raw.span_id, 8)


def _own_columns(raw: RawSpans) -> dict[str, Column]:
    """Return what every span has, whatever it is of."""
    scopes, scope = raw.context.scopes, raw.context.scope
    return {
        "trace_id": hex_texts(raw.trace_id),
        "span_id": hex_texts(raw.span_id),
        "parent_span_id": known_ids(raw.parent_span_id, 8),
        "trace_state": clean_texts(raw.trace_state),
        "flags": raw.flags,
        "start_time": timestamps(raw.start),
        "duration_ns": arrow.array(np.maximum(clamp(raw.end) - clamp(raw.start), 0)),
        "span_name": clean_texts(raw.name),
        "kind": arrow.array(_enum(raw.kind, 5)),
        "status_code": arrow.array(_enum(raw.status_code, 2)),
        "status_message": clean_texts(raw.status_message),
        "scope_name": spread([item.name for item in scopes], scope),
        "scope_version": spread([item.version for item in scopes], scope),
    }


def _enum(numbers: Column, largest: int) -> npt.NDArray[np.uint8]:
    """Return enum numbers; those that no version known to us has are 0, unspecified."""
    values = numbers.to_numpy(zero_copy_only=False)
    return np.where((values >= 0) & (values <= largest), values, 0).astype(np.uint8)


def _other_events(raw: Events, names: Column, events: ReadEvents) -> Column:
    """Return the events that are no exceptions, nested."""
    kind = column_type("spans", "events")
    offsets, attributes = raw.offsets, events.attributes
    items = arrow.StructArray.from_arrays(
        [timestamps(raw.time), names, attributes.keys, attributes.values], fields=list(kind.value_type)
    )
    if events.is_exception.any():
        counts = np.zeros(len(events.is_exception) + 1, np.int32)
        np.cumsum(~events.is_exception, out=counts[1:])
        offsets = counts[offsets]
        items = items.filter(arrow.array(~events.is_exception))
    return arrow.ListArray.from_arrays(arrow.array(offsets, arrow.int32()), items, type=kind)


def _links(links: Links) -> Column:
    split = split_attributes(links.attributes)
    kind = column_type("spans", "links")
    items = arrow.StructArray.from_arrays(
        [known_ids(links.trace_id, 16), known_ids(links.span_id, 8), split.keys, split.values],
        fields=list(kind.value_type),
    )
    return arrow.ListArray.from_arrays(arrow.array(links.offsets, arrow.int32()), items, type=kind)
