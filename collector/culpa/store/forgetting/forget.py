"""Take rows out of every file of a store that nobody writes."""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from culpa.store.duckdb import DuckDBStore, segment_of
from culpa.store.errors import StoreDamaged, StoreNotFound
from culpa.store.forgetting.matching import bind, condition, forgettable
from culpa.store.forgetting.wish import Wish
from culpa.store.ledger import wal_of
from culpa.store.rebuild import rebuild
from culpa.store.segments.listing import HOT_SEGMENT, ROWS, Segment, segments
from culpa.store.segments.moves import remove_dropped, rewrite_without


@dataclass(frozen=True)
class Forgotten:
    """Rows that are meant, by relation; and files beside the store that may hold more, of which it knows nothing."""

    rows: dict[str, int]
    unlisted: list[str]


def forget(where: Path, wish: Wish, *, is_trial: bool) -> Forgotten:
    """Take out what is meant; a trial only counts.

    Errors: StoreLocked while somebody writes; StoreDamaged if a sealed file cannot be looked into; other StoreErrors.
    What was taken out before an error is out; the same call again does the rest.
    """
    hot = segment_of(where)
    if not hot.is_file():
        raise StoreNotFound(f"no store at {where}; name a store directory or a segment file")
    with DuckDBStore(where, writable=not is_trial, shared=not is_trial) as store:
        parts = _parts(store)
        with store.cursor() as cursor:
            wish = _with_resources(cursor, wish, parts)
            bind(cursor, wish)
            counts = {"segment": _count(cursor, "segment", wish, forgettable())}
            counts |= {one.catalog: _count(cursor, one.catalog, wish, list(ROWS)) for one in parts}
        if not is_trial:
            for one in parts:
                if any(counts[one.catalog].values()):
                    rewrite_without(store, one, wish)
            remove_dropped(store, grace_ns=0)
        unlisted = _unlisted(store)
    if not is_trial:
        # Rows that were deleted or moved are still in blocks that are free, and in what was cut off a log.
        rebuild(hot, wish)
        wal_of(hot).with_name(f"{wal_of(hot).name}.torn").unlink(missing_ok=True)
    total = {name: sum(found.get(name, 0) for found in counts.values()) for name in forgettable()}
    return Forgotten({name: count for name, count in total.items() if count}, unlisted)


def _parts(store: DuckDBStore) -> list[Segment]:
    if store.sealed.missing:
        raise StoreDamaged(
            f"{', '.join(store.sealed.missing)} cannot be read, so nobody knows what is in it; nothing was taken out; "
            f"see `culpa store verify`, and put it back or salvage the store first"
        )
    return list(store.sealed.parts)


def _with_resources(cursor: duckdb.DuckDBPyConnection, wish: Wish, parts: list[Segment]) -> Wish:
    """Add the resources that are meant: what they sent is theirs."""
    bind(cursor, wish)
    texts = [
        f"select m.resource_id from {catalog}.data.resources as m where {condition('resources', wish)}"
        for catalog in ("segment", *(one.catalog for one in parts))
    ]
    return replace(wish, resources=tuple(found for (found,) in cursor.execute(" union ".join(texts)).fetchall()))


def _count(cursor: duckdb.DuckDBPyConnection, catalog: str, wish: Wish, names: list[str]) -> dict[str, int]:
    counts = {
        name: cursor.execute(
            f'select count(*) from {catalog}.data."{name}" as m where {condition(name, wish)}'
        ).fetchall()
        for name in names
        if condition(name, wish) != "false"
    }
    return {name: int(rows[0][0]) for name, rows in counts.items()}


def _unlisted(store: DuckDBStore) -> list[str]:
    if store.path.name != HOT_SEGMENT:
        return []
    with store.cursor() as cursor:
        known = {one.name for one in segments(cursor)}
    return sorted(path.name for path in store.path.parent.glob("sealed-*.duckdb") if path.name not in known)
