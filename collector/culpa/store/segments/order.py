"""What the process that writes a sealed file is told, and what it answers; both travel as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from culpa.store.forgetting.wish import Wish


@dataclass(frozen=True)
class Order:
    """Which rows go into which file.

    `hot_rows` says of each relation how many of the hot file's first rows go; `sealed` names files of the same folder.
    """

    hot_path: str
    wal_bytes: int
    target: str
    hot_rows: dict[str, int] = field(default_factory=dict[str, int])
    sealed: tuple[str, ...] = ()
    holds: str = "everything"
    memory_bytes: int = 512 * 1024**2
    #: Rows that are meant are left out.
    wish: Wish = field(default_factory=Wish)

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `text` made."""
        made = json.loads(text)
        return cls(**made | {"sealed": tuple(made["sealed"]), "wish": Wish.of(made["wish"])})


@dataclass(frozen=True)
class Made:
    """What a new sealed file holds. Units: nanoseconds since 1970, bytes.

    `hot_rows`: of each relation, how many of the hot file's first rows there were in the snapshot, as ordered at most.
    `hot_sums`: the number of rows that came from there, and what their keys come to.
    """

    first_ns: int
    last_ns: int
    rows: int
    bytes: int
    hot_rows: dict[str, int]
    hot_sums: dict[str, tuple[int, int]]

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what `text` made."""
        made = json.loads(text)
        return cls(**made | {"hot_sums": {name: (count, keys) for name, (count, keys) in made["hot_sums"].items()}})
