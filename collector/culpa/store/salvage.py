"""Write all that can be read of a damaged store into a new one; the damaged one stays as it is."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from culpa.store.duckdb import DuckDBStore, segment_of
from culpa.store.errors import NotAStore, StoreDamaged, StoreNotFound
from culpa.store.ruin import Ruin
from culpa.store.saving import Saved, save
from culpa.store.schema import arrow_schemas
from culpa.store.segments.listing import HOT_SEGMENT
from culpa.store.taking_over import TakingOver

#: Of this relation each store has its own.
_META = "segment_meta"


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved; `notes` says in words what was found, `is_whole` that nothing is known to be lost."""

    parts: tuple[Saved, ...]
    notes: tuple[str, ...]
    is_whole: bool


def salvage(where: Path, new: Path) -> Salvage:
    """Save what `where` holds into a new store at `new`: a directory, or a file if its name ends in .duckdb.

    Rows are saved by relation and row group; of the write-ahead log, all before its first damage. Sealed files that are
    whole are copied.
    Errors: StoreNotFound, NotAStore where `new` exists; StoreDamaged where nothing can be read, StoreLocked, StoreFull.
    """
    segment = segment_of(where)
    is_folder = segment.name == HOT_SEGMENT
    has_sealed = is_folder and any(segment.parent.glob("sealed-*.duckdb"))
    if not segment.is_file() and not has_sealed:
        raise StoreNotFound(f"no segment file at {segment}, so there is nothing to read; name the damaged store")
    if new.exists():
        raise NotAStore(f"{new} exists; name a place where nothing is, for the new store")
    new.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{new.name}-", dir=new.parent))
    try:
        made = folder / "store"
        made.mkdir()
        hot = made / "new.duckdb"
        with DuckDBStore(hot, writable=True) as store:
            done, has_list = _hot(segment, where, folder, store, has_sealed)
            if is_folder:
                taking = TakingOver(store, segment.parent, folder, None if new.suffix == ".duckdb" else made)
                done = _both(done, taking.all(has_list=has_list), taking.notes)
            store.checkpoint()
        if new.suffix == ".duckdb":
            hot.rename(new)
        else:
            hot.rename(made / HOT_SEGMENT)
            made.rename(new)
        return done
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hot(segment: Path, where: Path, folder: Path, store: DuckDBStore, has_sealed: bool) -> tuple[Salvage, bool]:
    """Save the hot file; say also whether its list of sealed files is whole."""
    (folder / "ruin").mkdir()
    try:
        if not segment.is_file():
            raise StoreDamaged(f"{segment.name} is gone")
        ruin = Ruin(segment, str(where), folder / "ruin")
    except StoreDamaged as error:
        if not has_sealed:
            raise
        return Salvage((), (f"{error}; only sealed files could be saved",), is_whole=False), False
    try:
        parts = tuple(save(ruin, name, store) for name in sorted(arrow_schemas()) if name != _META)
    finally:
        ruin.close()
    is_whole = not ruin.is_short and not any(one.lost for one in parts)
    has_list = not any(one.lost for one in parts if one.of == "segments")
    shown = tuple(one for one in parts if one.of != "segments")
    return Salvage(shown, tuple(dict.fromkeys(ruin.notes)), is_whole), has_list


def _both(hot: Salvage, sealed: list[Saved], notes: list[str]) -> Salvage:
    is_whole = hot.is_whole and not notes and not any(one.lost for one in sealed)
    return Salvage((*hot.parts, *sealed), (*hot.notes, *notes), is_whole)
