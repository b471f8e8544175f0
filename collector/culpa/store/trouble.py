"""Tell what is wrong with a segment file, before it is opened and from what the engine says."""

import os
import stat
from pathlib import Path

import duckdb

from culpa.store.damage import damaged
from culpa.store.errors import (
    NotAStore,
    QueryFailed,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNotFound,
    StoreUnavailable,
)
from culpa.store.guard import reaches_out

_MAGIC = b"DUCK"
_MAGIC_OFFSET = 8
#: What the engine says of a file whose bytes are not those that it wrote.
_OF_DAMAGE = (
    "Corrupt",
    "appears to be corrupted",
    "Could not read enough bytes",
    "Could not read all bytes",
    "Failure while replaying WAL",
    "WAL does not match database file",
    "Failed to load metadata pointer",
    "has been tampered",
    "deserializ",
    "Serialization Error",
    "INTERNAL Error",
)
#: What it says of them in the middle of a query, or of a file that is rewritten while it is read.
_OF_BYTES = ("Corrupt", "deserializ", "Serialization Error", "Could not read enough bytes")
_OF_VERSION = ("version number", "Serialization versions", "storage version")


def check_file(path: Path, writable: bool) -> None:
    """Refuse what is surely no segment file; make the folder of one that is to be created.

    Errors: StoreNotFound, NotAStore, StoreDamaged.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        _check_absent(path, writable)
        return
    except OSError as error:
        raise NotAStore(f"cannot open {path}: {error.strerror}; name another place, or mend this one") from error
    if not stat.S_ISREG(status.st_mode):
        raise NotAStore(f"{path} is not a regular file; name a segment file or a store directory")
    try:
        # Not to wait for anybody, should it have become a pipe since.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise NotAStore(f"cannot read {path}: {error.strerror}; ask its owner, or name another store") from error
    try:
        head = os.read(descriptor, _MAGIC_OFFSET + len(_MAGIC))
    finally:
        os.close(descriptor)
    if not head and not writable:
        raise NotAStore(f"{path} is empty; name a store that culpa wrote")
    if head and head[_MAGIC_OFFSET:] != _MAGIC:
        if _is_nearly(head[_MAGIC_OFFSET:]):
            raise damaged(str(path), "a bit of its first bytes was flipped")
        raise NotAStore(f"{path} is not a DuckDB file; name a store that culpa wrote, or another path")


def _is_nearly(magic: bytes) -> bool:
    return len(magic) == len(_MAGIC) and sum((a ^ b).bit_count() for a, b in zip(magic, _MAGIC, strict=True)) == 1


def _check_absent(path: Path, writable: bool) -> None:
    if not writable:
        inside = path.parent if path.name == "hot.duckdb" and path.parent.is_dir() else None
        what = f"{inside} is a directory without a store in it" if inside else f"no store at {path}"
        raise StoreNotFound(f"{what}; name a segment file, a store directory or http://host:port")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreNotFound(f"cannot make the store's folder {path.parent}: {error.strerror}") from error


def is_invalidated(error: duckdb.Error) -> bool:
    """Say whether the instance is lost, as after a checkpoint on a full disk; the file itself is fine."""
    return isinstance(error, duckdb.FatalException) or "has been invalidated" in str(error)


def is_damage(text: str) -> bool:
    """Say whether the engine speaks of bytes that are not those that it wrote."""
    return any(words in text for words in _OF_DAMAGE)


def tells_of_damage(said: str) -> bool:
    """Say whether these words of the engine are about bytes that it did not write, and not about a query."""
    return any(words in said for words in _OF_BYTES)


def damage_error(error: QueryFailed, where: str) -> StoreError:
    """Return what a failed query means: damage that it met, else the error itself."""
    text = str(error)
    return damaged(where, _first(text)) if "Corrupt database file" in text or "enough bytes" in text else error


def translate(error: duckdb.Error, where: str, doing: str) -> StoreError:
    """Return what an engine's error means for the store's user; `doing` is what failed, '' for opening."""
    text = str(error)
    first = _first(text) or type(error).__name__
    if "Could not set lock" in text or "Conflicting lock" in text:
        return StoreLocked(
            f"store {where} is in use by another process; stop it, or ask the running collector instead: "
            "--store http://127.0.0.1:4318"
        )
    if "No space left" in text or "Could not write" in text:
        return StoreFull(f"no space left for store {where}; free some and send again ({first})")
    if "no culpa relations" in text:
        return NotAStore(f"{where} is a DuckDB file, but not one that culpa wrote; name another one")
    if isinstance(error, duckdb.IOException) and "not a valid DuckDB" in text:
        return NotAStore(f"{where} is not a DuckDB file; name a store that culpa wrote")
    if is_damage(text):
        return damaged(where, first)
    if not doing:
        return _unopened(error, where, first)
    return StoreUnavailable(f"store {where} cannot {doing}: {first}")


def _unopened(error: duckdb.Error, where: str, first: str) -> StoreError:
    if any(words in first for words in _OF_VERSION):
        return NotAStore(f"store {where} was written by another version of DuckDB: {first}; pip install -U duckdb")
    if reaches_out(error):
        return NotAStore(
            f"{where} has a view that reaches outside of the file, which none of culpa's does; "
            f"somebody else made it, do not trust it ({first})"
        )
    if "file handle conflict" in first:
        # As after a checkpoint that failed, until the last reader let go.
        return StoreUnavailable(f"store {where} is still open in this process: {first}; try again")
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException):
        return NotAStore(f"{where} is a DuckDB file, but its relations are not those that culpa wrote ({first})")
    if "Permission denied" in first or "Read-only file system" in first:
        return NotAStore(f"cannot open store {where}: {first}; mend its permissions, or name another place")
    return StoreUnavailable(f"store {where} cannot open: {first}")


def _first(text: str) -> str:
    return text.splitlines()[0] if text else ""
