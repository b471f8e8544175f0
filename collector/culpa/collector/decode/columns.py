"""The one form in which every wire format arrives: columns of what was sent, not interpreted yet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.resource import Resource, Scope
from culpa.collector.kernels import Column

Index = npt.NDArray[np.int32]
Nanoseconds = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Values:
    """A column of AnyValue: at most one of the columns holds a value in a row; none where it is empty."""

    text: Column  # string
    integer: Column  # int64
    real: Column  # double
    flag: Column  # bool
    nested: Column  # string: JSON of arrays and maps, base64 of bytes

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of n owners: those of owner i are rows offsets[i] to offsets[i + 1], offsets[0] is 0."""

    offsets: Index
    keys: Column
    values: Values

    def __len__(self) -> int:
        """Return the number of owners."""
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True)
class Context:
    """Where n rows of a signal come from: indices into the call's bodies, the resources and the scopes."""

    bodies: int
    resources: list[Resource]
    scopes: list[Scope]
    body: Index
    resource: Index
    scope: Index


@dataclass(frozen=True, slots=True)
class Events:
    """The events of n spans, cut by offsets as in Attributes."""

    offsets: Index
    time: Nanoseconds
    name: Column
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Links:
    """The links of n spans, cut by offsets as in Attributes."""

    offsets: Index
    trace_id: Column
    span_id: Column
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class RawSpans:
    """Spans as they were sent; ids are binary."""

    context: Context
    trace_id: Column
    span_id: Column
    parent_span_id: Column
    trace_state: Column
    name: Column
    kind: Column
    start: Nanoseconds
    end: Nanoseconds
    status_code: Column
    status_message: Column
    flags: Column
    attributes: Attributes
    events: Events
    links: Links


@dataclass(frozen=True, slots=True)
class RawLogs:
    """Log records as they were sent; ids are binary."""

    context: Context
    time: Nanoseconds
    observed: Nanoseconds
    severity_number: Column
    severity_text: Column
    event_name: Column
    trace_id: Column
    span_id: Column
    body: Values
    attributes: Attributes
