"""Where in time a trace and all that may belong to it lies: so much of a store is read for it, and no more."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from culpa.store import Parameter

_MINUTE_NS: Final = 60 * 1_000_000_000
#: Work that stands in another trace begins up to an hour later, and its lines some minutes before (relations/traces).
_BEFORE_NS: Final = 10 * _MINUTE_NS
_AFTER_NS: Final = 120 * _MINUTE_NS
#: Later than any time that is kept, and one that the engine can write.
_NO_END_NS: Final = 2**62


def near(trace_ids: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, Parameter]:
    """Return what questions about traces are asked with. Rows have `from_ns` and `to_ns`, as of sql/trace_reach.sql.

    Of what has no time (`from_ns` 0) all is read.
    """
    from_ns, to_ns = min(row["from_ns"] for row in rows), max(row["to_ns"] for row in rows)
    if not from_ns:
        return {"trace_ids": list(trace_ids), "from_ns": 0, "to_ns": _NO_END_NS}
    return {"trace_ids": list(trace_ids), "from_ns": max(0, from_ns - _BEFORE_NS), "to_ns": to_ns + _AFTER_NS}
