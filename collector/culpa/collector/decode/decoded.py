"""What a call of `decode` returns."""

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows ready for the store, redacted.

    Shape: `tables` by relation, columns as `arrow_schema(relation)`; the other lists have one entry per body.
    """

    tables: dict[str, pa.Table]
    #: Rows of the signal's main relation that each body brought.
    rows_per_body: list[int]
    #: Items of each body that were left out, for OTLP's partial success.
    rejected_per_body: list[int]
    #: Why items of each body were left out; '' where none were.
    messages: list[str]
    #: Traces that hold a sign of a failure.
    suspects: frozenset[str] = field(default_factory=frozenset[str])
