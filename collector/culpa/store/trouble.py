"""Tell what is wrong with a segment file, before it is opened and from what the engine says."""

from pathlib import Path

import duckdb

from culpa.store.errors import NotAStore, StoreError, StoreFull, StoreLocked, StoreNotFound, StoreUnavailable

_MAGIC = b"DUCK"
_MAGIC_OFFSET = 8


def check_file(path: Path, writable: bool) -> None:
    """Refuse what is surely no segment file; make the folder of one that is to be created.

    Errors: StoreNotFound, NotAStore.
    """
    if not path.exists():
        if not writable:
            raise StoreNotFound(f"no store at {path}; name a segment file, a store directory or http://host:port")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreNotFound(f"cannot make the store's folder {path.parent}: {error.strerror}") from error
        return
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_OFFSET + len(_MAGIC))
    except OSError as error:
        raise NotAStore(f"cannot read {path}: {error.strerror}") from error
    if head and head[_MAGIC_OFFSET:] != _MAGIC:
        raise NotAStore(f"{path} is not a DuckDB file; name a store that culpa wrote, or another path")


def is_invalidated(error: duckdb.Error) -> bool:
    """Say whether the instance is lost, as after a checkpoint on a full disk; the file itself is fine."""
    return isinstance(error, duckdb.FatalException) or "has been invalidated" in str(error)


def translate(error: duckdb.Error, where: str, doing: str) -> StoreError:
    """Return what an engine's error means for the store's user; `doing` is what failed, '' for opening."""
    text = str(error)
    first = text.splitlines()[0] if text else type(error).__name__
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
    return StoreUnavailable(f"store {where} cannot {doing.strip(', ') or 'open'}: {first}")
