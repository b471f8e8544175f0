"""The files of a folder that may hold what is asked for, those of one shape together; what cannot be read is named."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from culpa.collector.parquet.days import may_hold
from culpa.collector.parquet.footers import TROUBLE, Footer, footer_of
from culpa.collector.parquet.leavings import Leavings
from culpa.collector.parquet.place import Found, Place
from culpa.collector.recorded.shapes import Shape, Signal, lacking, shape_of
from culpa.store import NotAStore, StoreNotFound, StoreRefused

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_ENDINGS = (".parquet", ".parq", ".pq")
#: Folders within each other, beyond which nothing is looked for.
_MOST_DEEP = 12
#: Ends of files that are read at a time: an object store takes its time for each.
_AT_ONCE = 16
#: Ends of files that are held, beside those of the time that is asked for.
_MOST_HELD = 20_000
#: A listing of a folder counts so long: one look asks several questions.
_LISTED_S = 3.0
_EVER_NS = 2**63 - 1

Columns = Mapping[str, "DuckDBPyType"]


class Part(NamedTuple):
    """Files that say the same signal in the same way."""

    shape: Shape
    files: tuple[Found, ...]


class Folder:
    """The files of one place. For one thread."""

    def __init__(self, place: Place, describe: Callable[[Found], Columns | str], say: Callable[[str], None]) -> None:
        """Look at nothing yet; `describe` tells the columns of a file or why it cannot, `say` tells people."""
        self._place = place
        self._describe = describe
        self._leavings = Leavings(str(place.address), say)
        self._listed: dict[str, tuple[float, list[Found | str]]] = {}
        self._footers: dict[Found, Footer | None] = {}
        self._shapes: dict[str, Shape | str] = {}  # by schema; of one that says neither signal what it lacks

    def check(self) -> None:
        """Refuse a folder without any file that is looked at. Errors: NotAStore, StoreError."""
        if next(self._files("", 0, _EVER_NS, 0), None) is None:
            raise NotAStore(
                f"{self._place.address} holds no file whose name ends in {', '.join(_ENDINGS)}; name the folder that "
                "`culpa collect --parquet` or another tool writes"
            )

    def parts(self, signal: Signal, since_ns: int, until_ns: int) -> list[Part]:
        """Return the files that may hold rows of a time, ns since 1970. Errors: StoreError for what does not answer."""
        files = list(self._files("", since_ns, until_ns, 0))
        parts: dict[str, tuple[Shape, list[Found]]] = {}
        for footer in self._ends(files):
            shape = self._shape(footer)
            if shape is None or shape.signal != signal or not footer.rows:
                continue
            first, last = footer.ranges.get(shape.at, (since_ns, until_ns))
            if first < until_ns and last >= since_ns:
                parts.setdefault(footer.schema, (shape, []))[1].append(footer.file)
        self.tell()
        return [Part(shape, tuple(some)) for shape, some in parts.values()]

    def leave_out(self, file: Found, why: str) -> None:
        """Read a file no more, if it can be read and is damaged, or may not be. Errors: StoreUnavailable."""
        try:
            self._place.probe(file.path)
        except StoreNotFound:
            pass  # it was removed meanwhile
        except StoreRefused as error:
            self._leavings.broken(file.path, str(error))
        else:
            self._leavings.broken(file.path, why)
        self._footers[file] = None

    def tell(self) -> None:
        """Say which files are left out, of what is new."""
        self._leavings.tell()

    def _files(self, folder: str, since_ns: int, until_ns: int, depth: int) -> Iterator[Found]:
        for one in self._inside(folder):
            path = one if isinstance(one, str) else one.path
            name = path.rpartition("/")[2]
            # What begins so is being written, or is some tool's own.
            if name.startswith((".", "_")) or not may_hold(path, since_ns, until_ns):
                continue
            if isinstance(one, str):
                if depth < _MOST_DEEP:
                    yield from self._files(one, since_ns, until_ns, depth + 1)
            elif name.lower().endswith(_ENDINGS):
                yield one
            else:
                trouble = f"are looked at only where their names end in {', '.join(_ENDINGS)}"
                self._leavings.kind(path, trouble)

    def _inside(self, folder: str) -> list[Found | str]:
        at, listed = self._listed.get(folder, (0.0, []))
        if time.monotonic() - at >= _LISTED_S or not at:
            listed = list(self._place.inside(folder))
            self._listed[folder] = (time.monotonic(), listed)
        return listed

    def _ends(self, files: Sequence[Found]) -> Iterator[Footer]:
        if len(self._footers) > _MOST_HELD + len(files):
            # Of whoever follows for weeks.
            self._footers = {one: self._footers[one] for one in files if one in self._footers}
        missing = [one for one in files if one not in self._footers]
        if missing:
            with ThreadPoolExecutor(_AT_ONCE) as readers:
                for file, end in zip(missing, readers.map(self._end, missing), strict=True):
                    if isinstance(end, str):
                        self.leave_out(file, end)
                    else:
                        self._footers[file] = end
        yield from (footer for one in files if (footer := self._footers.get(one)))

    def _end(self, file: Found) -> Footer | str:
        try:
            return footer_of(self._place, file)
        except TROUBLE as error:
            return " ".join(str(error).split())[:200]

    def _shape(self, footer: Footer) -> Shape | None:
        if footer.schema not in self._shapes:
            columns = self._describe(footer.file)
            if isinstance(columns, str):
                self.leave_out(footer.file, columns)
                return None
            trouble = f"are neither spans nor log records: no {lacking(columns)}"
            self._shapes[footer.schema] = shape_of(columns) or trouble
        shape = self._shapes[footer.schema]
        if isinstance(shape, Shape):
            return shape
        self._leavings.kind(footer.file.path, shape)
        return None
