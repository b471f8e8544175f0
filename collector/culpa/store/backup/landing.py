"""The directory that a backup is written to: at every moment it holds a whole one, or no hot file and so none."""

import json
import os
import shutil
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, BinaryIO

from culpa.store.backup.identity import identity
from culpa.store.backup.order import CONTENTS, HOT, LOG, MARK, SEALED, Contents
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import NotAStore, StoreFull, StoreUnavailable
from culpa.store.ledger import mark_of, wal_of
from culpa.store.segments.listing import sync_folder

#: Tells a backup from a store: only the former may be replaced.
_SIGN = "backup.json"
_MAKING = "making"
_COPY_BYTES = 1024**2
#: Some hundred bytes for each sealed file.
_MOST_CONTENTS_BYTES = 16 * 1024**2
#: Until it is whole the hot file has a name by which no sealed files belong to it.
_NAMES = {HOT: "backup.duckdb", LOG: "backup.duckdb.wal", MARK: "backup.duckdb.acknowledged"}


class Landing:
    """One backup into `folder`, where there may be an earlier one."""

    def __init__(self, folder: Path, source: str) -> None:
        """Make the folder. Errors: NotAStore if something else is there."""
        self.folder = folder
        self._making = folder / _MAKING
        self.received_bytes = 0
        if folder.exists():
            _check(folder)
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _SIGN).write_text(json.dumps({"backup_of": source}) + "\n")
            shutil.rmtree(self._making, ignore_errors=True)
            self._making.mkdir()

    def known(self) -> dict[str, str]:
        """Return the sealed files that are there already, with their identities."""
        return {path.name: identity(path) for path in self.folder.glob("sealed-*.duckdb")}

    def take(self, stream: BinaryIO) -> Contents:
        """Write what comes, durably, beside what is there. Errors: StoreUnavailable if it breaks off, StoreFull."""
        contents: Contents | None = None
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=_COPY_BYTES) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.isreg() else None
                    if file is None:
                        raise StoreUnavailable(f"{member.name!r} is no part of a backup; name a collector's address")
                    if member.name == CONTENTS and member.size <= _MOST_CONTENTS_BYTES:
                        contents = Contents.of(file.read())
                    else:
                        self._keep(member.name, file, member.size)
        except (tarfile.TarError, HTTPException, EOFError, ValueError, TypeError) as error:
            raise StoreUnavailable(f"the backup broke off ({error}); make it again") from error
        if contents is None:
            raise StoreUnavailable("the backup broke off; make it again")
        return contents

    def commit(self, contents: Contents) -> None:
        """Make what came the backup, in one step. Errors: StoreError; then the earlier one is as it was."""
        hot = self._making / _NAMES[HOT]
        if not hot.exists():
            raise StoreUnavailable("the backup has no hot file in it; make it again")
        # What is in the log moves into the file, so that one name is all of it; and it can be opened.
        with DuckDBStore(hot, writable=True) as store:
            store.checkpoint()
        self._check_sealed(contents)
        with _writing(self.folder):
            for path in self._making.glob("sealed-*.duckdb"):
                path.rename(self.folder / path.name)
            sync_folder(self.folder)
            _sync(hot)
            hot.rename(self.folder / HOT)
            sync_folder(self.folder)
            shutil.rmtree(self._making, ignore_errors=True)
            for path in self.folder.glob("sealed-*.duckdb"):
                if path.name not in contents.sealed:
                    path.unlink()

    def give_up(self) -> None:
        """Remove what is not whole; nothing after `commit`."""
        shutil.rmtree(self._making, ignore_errors=True)
        if not (self.folder / HOT).exists() and not list(self.folder.glob("sealed-*")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _check_sealed(self, contents: Contents) -> None:
        for name, known in contents.sealed.items():
            come, there = self._making / name, self.folder / name
            place = come if come.exists() else there
            if not place.exists() or identity(place) != known:
                raise StoreUnavailable(f"the backup lacks {name}; make it again")

    def _keep(self, name: str, file: IO[bytes], size: int) -> None:
        if name not in _NAMES and not SEALED.fullmatch(name):
            raise StoreUnavailable(f"{name!r} is no part of a backup; name a collector's address")
        path = self._making / _NAMES.get(name, name)
        left = size
        with _writing(path), path.open("wb") as kept:
            while part := _read(file):
                kept.write(part)
                left -= len(part)
            kept.flush()
            os.fsync(kept.fileno())
        if left:
            raise StoreUnavailable(f"the backup broke off in {name}; make it again")
        self.received_bytes += size


def _read(file: IO[bytes]) -> bytes:
    try:
        return file.read(_COPY_BYTES)
    except (OSError, HTTPException) as error:
        raise StoreUnavailable(f"the backup broke off ({error}); make it again") from error


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise NotAStore(f"{folder} is no directory; name a place where nothing is, or an earlier backup")
    names = {path.name for path in folder.iterdir()}
    if names and _SIGN not in names:
        raise NotAStore(
            f"{folder} is no backup, and stays as it is; name a place where nothing is, or an earlier backup"
        )
    for path in (wal_of(folder / HOT), mark_of(folder / HOT)):
        if path.exists():
            raise NotAStore(
                f"{folder} was opened as a store ({path.name} is there), and stays as it is; name another place"
            )


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _writing(place: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFull(
            f"cannot write {error.filename or place}: {error.strerror or error}; name another place"
        ) from error
