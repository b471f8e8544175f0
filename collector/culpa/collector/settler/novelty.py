"""Tell whether a failure looks like none that was seen lately, by cheap signs of the rows that just came."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

#: For how long a kind of failure counts as known after it was last seen.
_REMEMBERED_S = 60.0
#: Kinds kept at most; names with ids in them would make ever new ones.
_KINDS = 10_000

#: What tells kinds of failure apart, per relation: which rows count, and which columns say what they are.
_STATUS = "http_response_status_code"
_SIGNS = {
    "spans": ("status_code", 2, ("service_name", "span_name", _STATUS, "error_type", "db_response_status_code")),
    "exceptions": ("", 0, ("service_name", "fingerprint")),
    "access": (_STATUS, 500, ("service_name", _STATUS, "upstream_name", "upstream_status")),
}

_Kind = tuple[object, ...]


class Novelty:
    """What kinds of failure were seen lately."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: OrderedDict[_Kind, float] = OrderedDict()

    def strangers(self, committed: Mapping[str, pa.Table], now: float) -> frozenset[str]:
        """Return the traces of these rows that show a kind of failure not seen lately, one for each kind.

        Units: `now` is seconds of one clock that never goes back.
        """
        found: set[str] = set()
        for kind, trace_id in _kinds(committed):
            seen_at = self._seen.pop(kind, None)
            self._seen[kind] = now
            if seen_at is None or now - seen_at > _REMEMBERED_S:
                found.add(trace_id)
        while len(self._seen) > _KINDS:
            self._seen.popitem(last=False)
        return frozenset(found)


def _kinds(committed: Mapping[str, pa.Table]) -> Iterator[tuple[_Kind, str]]:
    for relation, (column, least, names) in _SIGNS.items():
        if relation not in committed:
            continue
        table = committed[relation].select([*({column} - {""} - set(names)), *names, "trace_id"])
        if column:
            table = table.filter(pc.field(column) >= least)
        for row in table.to_pylist():
            yield (relation, *(row[name] for name in names)), row["trace_id"]
