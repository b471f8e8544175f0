"""Judge traces: gather evidence, weigh it, and append what changed to the store's verdict revisions."""

import logging
import time
from collections.abc import Collection, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa

from culpa.analysis.judgement.changes import Remembered, mark_changes
from culpa.analysis.judgement.runbook_choice import choose_runbooks
from culpa.analysis.judgement.verdict import verdict
from culpa.analysis.judgement.weigh import Weights, rank, weights
from culpa.analysis.pipeline.evidence import Gathered, gather
from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.rules import rules_version
from culpa.analysis.pipeline.statement import answers
from culpa.store import DuckDBStore, StoreFull, StoreLocked, arrow_schema

Row = dict[str, Any]

#: Traces judged in one pass when all are asked for; bounds the memory of the temporary tables.
#: Measured on 5,300 traces with 180,000 log records: 660 MB for all that `culpa ingest` does, and 1,090 MB with 5,000.
BATCH_TRACES = 1_000

#: A failure of which a verdict is held ended at most so long before the rows by which it is judged anew: clocks differ.
_SLACK_NS = 3600 * 10**9

#: Failed passes after which what is left of a batch is not cut into halves any more: each takes about a second.
_MAX_TRIES = 64

logger = logging.getLogger("culpa.analysis")

#: What one batch found out about the store's problems and the next one need not ask again.
_REMEMBERED: WeakKeyDictionary[DuckDBStore, Remembered] = WeakKeyDictionary()


def settle(
    store: DuckDBStore, trace_ids: Sequence[str] | None, since_ns: int = 0, provisional: Collection[str] = frozenset()
) -> None:
    """Judge these traces, or every trace that may hold a failure (None), and keep what is new.

    Shape: more may come of those of them that are `provisional`; of the others nothing more is expected.
    Units: no row of these traces is older than `since_ns`, nanoseconds since 1970; 0 looks everywhere.
    Promise: appends to `verdict_revisions` in one transaction per pass, and nothing where nothing has changed. A
    failure that turned out to be none is withdrawn. Errors: StoreError.
    """
    if trace_ids is None:
        settle_each(store, _suspects(store))
        return
    wanted = list(trace_ids)
    for start in range(0, len(wanted), BATCH_TRACES):
        _settle(store, wanted[start : start + BATCH_TRACES], since_ns, provisional)


def settle_each(store: DuckDBStore, wanted: Sequence[str]) -> None:
    """Judge these traces for good; one that cannot be judged costs no other, and is reported.

    Errors: as `settle`, if nothing can be judged at all or the store is in trouble.
    """
    batches = [wanted[start : start + BATCH_TRACES] for start in range(0, len(wanted), BATCH_TRACES)][::-1]
    tries = 0
    is_any_judged = False
    while batches:
        batch = batches.pop()
        try:
            _settle(store, list(batch), 0)
            is_any_judged = True
        except (StoreFull, StoreLocked):
            raise
        except Exception as error:
            tries += 1
            is_last = tries >= _MAX_TRIES or (len(batch) == 1 and not batches)
            if is_last and not is_any_judged:
                raise
            if len(batch) > 1 and tries < _MAX_TRIES:
                half = len(batch) // 2
                batches += [batch[half:], batch[:half]]
            else:
                said = f"trace {batch[0]} cannot" if len(batch) == 1 else f"{len(batch)} traces cannot"
                logger.error("%s be judged and stays without a verdict: %s", said, error)


def _suspects(store: DuckDBStore) -> list[str]:
    with store.cursor() as cursor:
        return [
            row[0] for row in cursor.execute(question("suspects"), {"since_ns": 0, "with_judged": False}).fetchall()
        ]


def _settle(
    store: DuckDBStore, trace_ids: list[str], since_ns: int, provisional: Collection[str] = frozenset()
) -> None:
    with store.cursor(since_ns) as cursor:
        gathered = gather(cursor, trace_ids, since_ns)
        held_since_ns = max(since_ns - _SLACK_NS, 0)
        before = _newest(cursor, held_since_ns)
        judged = judge(gathered, weights(), provisional)
        choose_runbooks(cursor, judged)
        mark_changes(cursor, judged, gathered.requests, _REMEMBERED.setdefault(store, Remembered()))
    rows = [row for row in judged if _differs(row, before.get(_key(row)))]
    rows += [_withdrawn(old) for key, old in before.items() if key not in gathered.requests]
    if not rows:
        return
    now = time.time_ns()
    for row in rows:
        row["judged_at"] = now
        row["rules_version"] = rules_version()
    table = pa.Table.from_pylist(rows, schema=arrow_schema("verdict_revisions"))
    store.write({"verdict_revisions": table}, held_since_ns)


def judge(gathered: Gathered, by: Weights, provisional: Collection[str] = frozenset()) -> list[Row]:
    """Return a verdict per failure that was gathered, as weighed `by`. Pure."""
    return [
        verdict(request, rank(gathered.evidence[key], by), settled=key[0] not in provisional)
        for key, request in gathered.requests.items()
    ]


def _newest(cursor: duckdb.DuckDBPyConnection, since_ns: int) -> dict[tuple[str, str], Row]:
    """Return the standing verdicts of the wanted traces, which ended from `since_ns` on."""
    rows = answers(cursor, question("standing_verdicts"), {"since_ns": since_ns})
    return {_key(row): row for row in rows}


def _key(row: Row) -> tuple[str, str]:
    return row["trace_id"], row["request_span_id"]


def _differs(row: Row, old: Row | None) -> bool:
    """Tell whether a new judgement says anything new; one that says the same is not unsettled."""
    if old is None:
        return True
    shown = (
        "status",
        "layer",
        "component",
        "cause",
        "object",
        "confidence",
        "fingerprint",
        "change",
        "runbook",
        "surfaced",
        "truncated",
        "route",
        "services",
        "joined",
    )
    if any(row[name] != old[name] for name in shown) or len(row["evidence"]) != old["observations"]:
        return True
    return bool(row["settled"]) and not old["settled"]


def _withdrawn(old: Row) -> Row:
    kept = {name: value for name, value in old.items() if name != "observations"}
    return {**kept, "evidence": [], "withdrawn": True}
