"""Make a backup of a store or of a running collector, and make a store of a backup."""

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from culpa.store.backup.landing import Landing
from culpa.store.backup.process import packed
from culpa.store.client import post
from culpa.store.duckdb import segment_of
from culpa.store.errors import NotAStore, StoreNotFound
from culpa.store.verifying.verify import Verified, verify

#: Until the first byte the collector copies its hot file.
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Kept:
    """How many bytes came, how many sealed files the backup has, and which of those that are listed were not there."""

    bytes: int
    sealed: int
    missing: list[str]


def backup(where: str, folder: Path, token: str | None = None) -> Kept:
    """Write what the store holds at this moment to `folder`; of sealed files only those that it lacks.

    Errors: StoreError; then an earlier backup in the folder is as it was.
    """
    is_address = where.startswith(("http://", "https://"))
    hot = Path() if is_address else segment_of(Path(where))
    if not is_address and not hot.is_file():
        raise StoreNotFound(f"no store at {where}; name a store directory, a segment file or http://host:port")
    landing = Landing(folder, where)
    try:
        known = landing.known()
        with _remote(where, known, token) if is_address else packed(hot, known) as stream:
            contents = landing.take(stream)
        landing.commit(contents)
    finally:
        landing.give_up()
    return Kept(landing.received_bytes, len(contents.sealed), contents.missing)


@contextmanager
def _remote(url: str, known: Mapping[str, str], token: str | None) -> Generator[BinaryIO]:
    asked = {"known": dict(known)}
    with post(url, "/v1/backup", asked, token=token, accept="application/x-tar", timeout_s=_TIMEOUT_S) as answer:
        yield answer


def restore(source: Path, new: Path) -> Verified:
    """Make a new store of a backup, or of any store that nobody writes; say what its reading to the end found.

    `new` is there only if that is whole. Errors: StoreError.
    """
    if new.exists() or new.is_symlink():
        raise NotAStore(f"{new} exists; name a place where nothing is, for the restored store")
    making = new.with_name(f".{new.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        kept = backup(str(source), making)
        done = verify(making)
        if done.is_whole and not kept.missing:
            (making / "backup.json").unlink()
            making.rename(new)
        return done
    finally:
        shutil.rmtree(making, ignore_errors=True)
