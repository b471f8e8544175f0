"""What the process that packs a backup is told, and what the end of its stream tells; both travel as JSON."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Self

#: The members of the stream, in this order; sealed files are between the last two.
HOT, LOG, MARK, CONTENTS = "hot.duckdb", "hot.duckdb.wal", "hot.duckdb.acknowledged", "contents.json"
SEALED = re.compile(r"sealed-\d{6,}\.duckdb")


@dataclass(frozen=True)
class PackingOrder:
    """Which picture of which store. Units: bytes.

    `wal_bytes` of the log of the hot file at `path` are the picture, while its owner makes no checkpoint; -1: nobody
    owns it. `known` are the sealed files that are not wanted, by name, with their identities. So much is left free.
    """

    path: str
    wal_bytes: int
    known: dict[str, str]
    free_bytes: int = 0

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `text` made."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Contents:
    """The sealed files of the picture, by name, with their identities; and those that are listed and not there."""

    sealed: dict[str, str]
    missing: list[str]

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: bytes) -> Self:
        """Read what `text` made."""
        return cls(**json.loads(text))
