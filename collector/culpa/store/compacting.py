"""Make a store that nobody writes as small as its rows."""

from dataclasses import dataclass, field
from pathlib import Path

from culpa.store.duckdb import DuckDBStore, segment_of
from culpa.store.errors import StoreNotFound
from culpa.store.ledger import wal_of
from culpa.store.rebuild import rebuild
from culpa.store.segments.listing import EVERYTHING, FAILING, HOT_SEGMENT
from culpa.store.segments.moves import hot_rows, remove_dropped, rewrite, seal
from culpa.store.segments.neighbours import neighbours

_DAY_NS = 86_400 * 10**9
#: A tenth of how long each kind is kept by default: by so much rows of a merged file may stay longer.
_LONGEST_NS = {EVERYTHING: 3 * _DAY_NS // 10, FAILING: 3 * _DAY_NS}


@dataclass
class Compacted:
    """The store's bytes before and after, and in words what was done."""

    before_bytes: int
    after_bytes: int = 0
    steps: list[str] = field(default_factory=list[str])


def compact(where: Path) -> Compacted:
    """Seal the rows of the hot file, merge small sealed files, remove dropped ones, and write the hot file anew.

    A single file is written anew. Errors: StoreLocked while somebody writes, other StoreErrors; each step is whole or
    not done.
    """
    hot = segment_of(where)
    if not hot.is_file():
        raise StoreNotFound(f"no store at {where}; name a store directory or a segment file")
    done = Compacted(_bytes(hot))
    if hot.name == HOT_SEGMENT:
        with DuckDBStore(where, writable=True, shared=True) as store:
            _tidy(store, done)
    rebuild(hot)
    done.after_bytes = _bytes(hot)
    return done


def _tidy(store: DuckDBStore, done: Compacted) -> None:
    sealed = seal(store, hot_rows(store))
    if sealed:
        done.steps.append(f"sealed {sealed.rows:,} rows into {sealed.name}")
    while run := neighbours(sorted(store.sealed.parts, key=lambda one: (one.sealed_ns, one.name)), 2, _LONGEST_NS):
        one = rewrite(store, run, run[0].holds)
        done.steps.append(f"{', '.join(part.name for part in run)} became {one.name if one else 'nothing'}")
    remove_dropped(store, grace_ns=0)


def _bytes(hot: Path) -> int:
    sealed = hot.parent.glob("sealed-*") if hot.name == HOT_SEGMENT else ()
    return sum(path.stat().st_size for path in (hot, wal_of(hot), *sealed) if path.is_file())
