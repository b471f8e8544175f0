"""Healthy requests of the places of failed ones, nearest in time: what a failure is compared with."""

from collections.abc import Sequence

from culpa.collector.abroad.there import Suspect, There
from culpa.store import DuckDBStore

_MOST = 20
#: Of how many failures of one trace.
_MOST_FAILURES = 3
_PLACES = """
    select v.service, v.route, epoch_ns(v.ended_at) as at_ns from failures as v
    where list_contains($wanted, v.trace_id) and v.route <> '' order by v.surfaced desc, at_ns limit $most
"""


def near(there: There, store: DuckDBStore, trace_ids: Sequence[str]) -> list[Suspect]:
    """Return healthy requests of the places at which these traces failed. Errors: StoreError."""
    with store.cursor() as cursor:
        places = cursor.execute(_PLACES, {"wanted": list(trace_ids), "most": _MOST_FAILURES}).fetchall()
    found: dict[str, Suspect] = {}
    for service, route, at_ns in places:
        found |= {one.trace_id: one for one in there.healthy(service, route, at_ns, _MOST)}
    return list(found.values())
