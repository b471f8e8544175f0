"""What a salvaged store takes over of the sealed files of the damaged one."""

import shutil
import tempfile
from pathlib import Path

from culpa.store.alone import alone
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import StoreError
from culpa.store.ruin import Ruin
from culpa.store.saving import Saved, save
from culpa.store.segments.listing import EVERYTHING, ROWS, Segment, enlist, segments
from culpa.store.segments.sums import reach
from culpa.store.verifying.reading import read_through

#: Of a sealed file nothing else has rows.
_RELATIONS = (*ROWS, "resources")


class TakingOver:
    """Takes sealed files of `source` over into `target` as they are, or row by row; all rows into `store` without one.

    `store` has the list of the damaged hot file, and gets the one that is right. `notes` says what was not whole.
    """

    def __init__(self, store: DuckDBStore, source: Path, work: Path, target: Path | None) -> None:
        """Take nothing yet."""
        self._store = store
        self._source = source
        self._work = work
        self._target = target
        self.notes: list[str] = []

    def all(self, *, has_list: bool) -> list[Saved]:
        """Take over what the list names, or all that is there where the list is not whole. Errors: StoreError."""
        with self._store.cursor() as cursor:
            listed = {one.name: one for one in segments(cursor)}
        wanted = [one for one in listed.values() if not one.is_dropped]
        unlisted = [path for path in sorted(self._source.glob("sealed-*.duckdb")) if path.name not in listed]
        if has_list:
            self.notes += [f"{path.name} is not listed, and was not taken over" for path in unlisted]
        elif unlisted:
            wanted += [_unknown(path) for path in unlisted]
            self.notes.append(
                "the list of sealed files is lost, so all were taken over; rows that moved may be there twice"
            )
        with self._store.transaction() as cursor:
            cursor.execute("delete from segment.data.segments")
        return [self._one(one) for one in wanted]

    def _one(self, one: Segment) -> Saved:
        path = one.place(self._source)
        if not path.exists():
            self.notes.append(f"{one.name} is gone")
            return Saved(one.name, 0, one.rows)
        try:
            rows = read_through(path).moving
        except StoreError as error:
            return self._saved(one, path, str(error).partition(". `culpa store")[0])
        if self._target is None:
            return self._saved(one, path, "")
        shutil.copyfile(path, self._target / one.name)
        if one.rows not in (rows, 0):
            self.notes.append(f"{one.name} holds {rows:,} rows and should hold {one.rows:,}")
        self._list(one, self._target / one.name)
        return Saved(one.name, rows, max(0, one.rows - rows))

    def _saved(self, one: Segment, path: Path, why: str) -> Saved:
        """Save it row by row; `why` is what is wrong with it, '' for nothing."""
        if why:
            self.notes.append(f"{one.name} is damaged, and was saved as far as it can be read: {why}")
        made = self._work / one.name
        into = self._store if self._target is None else DuckDBStore(made, writable=True)
        try:
            ruin = Ruin(path, str(path), Path(tempfile.mkdtemp(dir=self._work)))
        except StoreError as error:
            self.notes.append(f"nothing of {one.name} can be read ({error})")
            return Saved(one.name, 0, one.rows)
        else:
            try:
                parts = [save(ruin, relation, into) for relation in _RELATIONS]
            finally:
                ruin.close()
            self.notes += dict.fromkeys(f"{one.name}: {note}" for note in ruin.notes)
        finally:
            if into is not self._store:
                into.checkpoint()
                into.close()
        if self._target is not None:
            made.rename(self._target / one.name)
            self._list(one, self._target / one.name)
        moved = [part for part in parts if part.of in ROWS]
        saved = sum(part.saved for part in moved)
        return Saved(one.name, saved, max(one.rows - saved, sum(part.lost for part in moved)))

    def _list(self, one: Segment, path: Path) -> None:
        with alone(path) as connection:
            first_ns, last_ns, rows = reach(connection, "segment")
        found = Segment(one.name, first_ns, last_ns, rows, path.stat().st_size, one.holds, one.sealed_ns)
        with self._store.transaction() as cursor:
            enlist(cursor, found)


def _unknown(path: Path) -> Segment:
    status = path.stat()
    return Segment(path.name, 0, 0, 0, status.st_size, EVERYTHING, status.st_mtime_ns)
