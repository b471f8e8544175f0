"""The files of a folder, on a disk or in an object store: listed, opened, and written whole or not at all."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pyarrow import fs

from culpa.collector.parquet.address import Address
from culpa.store import NotAStore, StoreFull, StoreNotFound, StoreRefused, StoreUnavailable

_REQUEST_ID = re.compile(r" \(Request ID: [^()]*\)")
_ENOSPC, _EDQUOT = 28, 122


class Found(NamedTuple):
    """A file, by its path below the folder."""

    path: str
    size: int
    changed_ns: int


class Place:
    """The files of one folder. Any thread may call."""

    def __init__(self, address: Address) -> None:
        """Ask nobody yet. Errors: NotAStore for an address that Arrow does not take."""
        self.address = address
        if address.is_remote:
            try:
                self.files, self._root = fs.FileSystem.from_uri(address.root)
            except (OSError, ValueError, TypeError) as error:
                raise NotAStore(f"{address} is no address that can be opened: {_short(error)}") from None
        else:
            self.files, self._root = fs.LocalFileSystem(), address.root

    def whole(self, path: str) -> str:
        """Return a path as the file system has it."""
        return f"{self._root}/{path}" if path else self._root

    def inside(self, folder: str) -> Iterator[Found | str]:
        """Yield the files of a folder, and the names of the folders in it. Errors: StoreError."""
        with self.told("read"):
            chosen = fs.FileSelector(self.whole(folder), recursive=False, allow_not_found=bool(folder))
            infos = self.files.get_file_info(chosen)
        for info in sorted(infos, key=lambda one: one.base_name):
            path = f"{folder}/{info.base_name}" if folder else info.base_name
            if info.type == fs.FileType.Directory:
                yield path
            elif info.type == fs.FileType.File:
                yield Found(path, info.size or 0, info.mtime_ns or 0)

    def open(self, path: str) -> Any:
        """Open a file for reading, as Arrow does. Errors: OSError."""
        return self.files.open_input_file(self.whole(path))

    def probe(self, path: str) -> None:
        """Read some bytes of a file: what is damaged is told so from what does not answer. Errors: StoreError."""
        with self.told("read"), self.open(path) as opened:
            opened.seek(max(0, opened.size() - 8))
            opened.read(8)

    def write(self, path: str, write: Callable[[Any], None]) -> None:
        """Write a file: it is there whole when this returns, in the place of one of its name. Errors: StoreError."""
        with self.told("write"):
            if self.address.is_remote:
                with self.files.open_output_stream(self.whole(path)) as stream:
                    write(stream)
            else:
                _write_local(Path(self.whole(path)), write)

    @contextmanager
    def told(self, what: str) -> Generator[None]:
        """Say what an error of a file system means."""
        try:
            yield
        except FileNotFoundError as error:
            raise StoreNotFound(
                f"{self.address}: nothing is there ({_short(error)}); name the folder that holds the Parquet files"
            ) from None
        except NotADirectoryError:
            raise NotAStore(
                f"{self.address} is a file; name its folder, or read it with `culpa ingest FILE --db SEGMENT`"
            ) from None
        except PermissionError as error:
            raise StoreRefused(f"{self.address} may not be {_PAST[what]}: {_short(error)}; grant it") from None
        except OSError as error:
            if error.errno in (_ENOSPC, _EDQUOT):
                raise StoreFull(f"{self.address}: no room is left; make some") from None
            if not self.address.is_remote:
                raise StoreRefused(f"{self.address} cannot be {_PAST[what]}: {_short(error)}") from None
            raise StoreUnavailable(
                f"{self.address} cannot be {_PAST[what]}: {_short(error)}; check the bucket, its region, "
                "the keys in the environment, and that it answers"
            ) from None


_PAST = {"read": "read", "write": "written"}


def _write_local(path: Path, write: Callable[[Any], None]) -> None:
    made = [path.parent]
    while not made[-1].exists():
        made.append(made[-1].parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    # A name is durable with its folder.
    for folder in made:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _short(error: Exception) -> str:
    # The same error is the same text the next time, too.
    line = _REQUEST_ID.sub("", " ".join(str(error).split()))
    return line if len(line) <= 300 else line[:300] + "…"
