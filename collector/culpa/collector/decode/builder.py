"""Gather columns row by row: what the paths with Python loops (JSON, protobuf without ptars) fill."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from culpa.collector.decode.anyvalue import Plain, text_of
from culpa.collector.decode.columns import (
    Attributes,
    Context,
    Events,
    Index,
    Links,
    Nanoseconds,
    RawLogs,
    RawSpans,
    Values,
)
from culpa.collector.decode.resource import Resource, Scope
from culpa.collector.kernels import Column, arrow

_SPAN_TYPES: dict[str, Column] = {
    "trace_id": arrow.binary(),
    "span_id": arrow.binary(),
    "parent_span_id": arrow.binary(),
    "trace_state": arrow.string(),
    "name": arrow.string(),
    "kind": arrow.int32(),
    "start": arrow.uint64(),
    "end": arrow.uint64(),
    "status_code": arrow.int32(),
    "status_message": arrow.string(),
    "flags": arrow.uint32(),
}
_LOG_TYPES: dict[str, Column] = {
    "time": arrow.uint64(),
    "observed": arrow.uint64(),
    "severity_number": arrow.int32(),
    "severity_text": arrow.string(),
    "event_name": arrow.string(),
    "trace_id": arrow.binary(),
    "span_id": arrow.binary(),
}


@dataclass(slots=True)
class ValuesBuilder:
    """Gathers AnyValues."""

    texts: list[str | None] = field(default_factory=list[str | None])
    integers: list[int | None] = field(default_factory=list[int | None])
    reals: list[float | None] = field(default_factory=list[float | None])
    flags: list[bool | None] = field(default_factory=list[bool | None])
    nested: list[str | None] = field(default_factory=list[str | None])

    def add(self, value: Plain) -> None:
        """Append one value to the column of its type."""
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            # The parser reads no number of more digits than Python writes.
            value = str(value)
        self.texts.append(value if isinstance(value, str) else None)
        is_flag = isinstance(value, bool)
        self.flags.append(value if isinstance(value, bool) else None)
        self.integers.append(value if isinstance(value, int) and not is_flag else None)
        self.reals.append(value if isinstance(value, float) else None)
        is_plain = value is None or isinstance(value, (str, int, float))
        self.nested.append(None if is_plain else text_of(value))

    def build(self) -> Values:
        """Return the columns."""
        return Values(
            arrow.array(self.texts, arrow.string()),
            arrow.array(self.integers, arrow.int64()),
            arrow.array(self.reals, arrow.float64()),
            arrow.array(self.flags, arrow.bool_()),
            arrow.array(self.nested, arrow.string()),
        )


@dataclass(slots=True)
class AttributesBuilder:
    """Gathers the attributes of owners, one call of `close` after each owner's pairs."""

    keys: list[str] = field(default_factory=list[str])
    values: ValuesBuilder = field(default_factory=ValuesBuilder)
    offsets: list[int] = field(default_factory=lambda: [0])

    def add(self, key: str, value: Plain) -> None:
        """Append one pair."""
        self.keys.append(key)
        self.values.add(value)

    def close(self) -> None:
        """End the current owner."""
        self.offsets.append(len(self.keys))

    def build(self) -> Attributes:
        """Return the columns."""
        return Attributes(_index(self.offsets), arrow.array(self.keys, arrow.string()), self.values.build())


@dataclass(slots=True)
class ContextBuilder:
    """Gathers where rows come from."""

    bodies: int = 0
    resources: list[Resource] = field(default_factory=list[Resource])
    scopes: list[Scope] = field(default_factory=list[Scope])
    body: list[int] = field(default_factory=list[int])
    resource: list[int] = field(default_factory=list[int])
    scope: list[int] = field(default_factory=list[int])

    def add_row(self) -> None:
        """Note that a row belongs to the newest body, resource and scope."""
        self.body.append(self.bodies - 1)
        self.resource.append(len(self.resources) - 1)
        self.scope.append(len(self.scopes) - 1)

    def build(self) -> Context:
        """Return the indices."""
        return Context(
            self.bodies,
            self.resources,
            self.scopes,
            _index(self.body),
            _index(self.resource),
            _index(self.scope),
        )


@dataclass(slots=True)
class SpansBuilder:
    """Gathers spans: fields of their own by name, in the order of the rows."""

    context: ContextBuilder = field(default_factory=ContextBuilder)
    columns: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in _SPAN_TYPES})
    attributes: AttributesBuilder = field(default_factory=AttributesBuilder)
    event_offsets: list[int] = field(default_factory=lambda: [0])
    event_times: list[int] = field(default_factory=list[int])
    event_names: list[str] = field(default_factory=list[str])
    event_attributes: AttributesBuilder = field(default_factory=AttributesBuilder)
    link_offsets: list[int] = field(default_factory=lambda: [0])
    link_ids: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    link_attributes: AttributesBuilder = field(default_factory=AttributesBuilder)

    def build(self) -> RawSpans:
        """Return the columns. Errors: as ValuesBuilder.build."""
        made = {name: _fitted(self.columns[name], kind) for name, kind in _SPAN_TYPES.items()}
        return RawSpans(
            context=self.context.build(),
            trace_id=made["trace_id"],
            span_id=made["span_id"],
            parent_span_id=made["parent_span_id"],
            trace_state=made["trace_state"],
            name=made["name"],
            kind=made["kind"],
            start=_times(made["start"]),
            end=_times(made["end"]),
            status_code=made["status_code"],
            status_message=made["status_message"],
            flags=made["flags"],
            attributes=self.attributes.build(),
            events=Events(
                _index(self.event_offsets),
                _times(_fitted(self.event_times, arrow.uint64())),
                arrow.array(self.event_names, arrow.string()),
                self.event_attributes.build(),
            ),
            links=Links(
                _index(self.link_offsets),
                arrow.array([trace for trace, _ in self.link_ids], arrow.binary()),
                arrow.array([span for _, span in self.link_ids], arrow.binary()),
                self.link_attributes.build(),
            ),
        )


@dataclass(slots=True)
class LogsBuilder:
    """Gathers log records, as SpansBuilder."""

    context: ContextBuilder = field(default_factory=ContextBuilder)
    columns: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in _LOG_TYPES})
    body: ValuesBuilder = field(default_factory=ValuesBuilder)
    attributes: AttributesBuilder = field(default_factory=AttributesBuilder)

    def build(self) -> RawLogs:
        """Return the columns. Errors: as ValuesBuilder.build."""
        made = {name: _fitted(self.columns[name], kind) for name, kind in _LOG_TYPES.items()}
        return RawLogs(
            context=self.context.build(),
            time=_times(made["time"]),
            observed=_times(made["observed"]),
            severity_number=made["severity_number"],
            severity_text=made["severity_text"],
            event_name=made["event_name"],
            trace_id=made["trace_id"],
            span_id=made["span_id"],
            body=self.body.build(),
            attributes=self.attributes.build(),
        )


def _fitted(values: Sequence[object], kind: Column) -> Column:
    """Return a column; numbers that it cannot hold become the nearest that it can."""
    try:
        return arrow.array(values, kind)
    except (OverflowError, pa.ArrowInvalid):
        if not pa.types.is_integer(kind):
            raise
    least = 0 if pa.types.is_unsigned_integer(kind) else -(1 << kind.bit_width - 1)
    most = least + (1 << kind.bit_width) - 1
    return arrow.array([max(least, min(value, most)) for value in values if isinstance(value, int)], kind)


def _index(numbers: list[int]) -> Index:
    return np.array(numbers, np.int32)


def _times(column: Column) -> Nanoseconds:
    times: Nanoseconds = column.to_numpy(zero_copy_only=False).astype(np.uint64, copy=False)
    return times
