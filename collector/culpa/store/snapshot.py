"""What another process needs to read a store while its owner goes on writing.

DuckDB lets one process open a file. But between two checkpoints its owner only appends: blocks of the last checkpoint
stay as they are, and a commit is a piece at the end of the write-ahead log. So the file, with so much of the log as
was committed at one moment, is a consistent picture, for as long as no checkpoint is made. The owner promises that
(`culpa.store.checkpoints`); the reader's half is `culpa.store.snapshot_reader`.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Snapshot:
    """A segment file and how much of its write-ahead log was committed. Units: bytes.

    `has_sealed`: it lists sealed files, which lie beside it.
    """

    path: str
    wal_bytes: int
    has_sealed: bool = False

    @property
    def wal_path(self) -> str:
        """Return where the write-ahead log lies."""
        return f"{self.path}.wal"


def take(path: Path, wal_bytes: int, *, has_sealed: bool) -> Snapshot:
    """Return the picture of a segment file at this moment; its owner holds off checkpoints while it is used."""
    return Snapshot(str(path.resolve()), wal_bytes, has_sealed)
