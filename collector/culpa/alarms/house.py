"""The seam between the alarms and the collector that they run beside."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from culpa.store import Parameter

if TYPE_CHECKING:
    import pyarrow as pa


class House(Protocol):
    """What the alarms reach of a collector. `where`, `query` and `close` make it a `culpa.store.Store`."""

    @property
    def where(self) -> str:
        """Return the store's place, for people."""
        ...

    @property
    def alarms(self) -> str:
        """Return the path of the file of rules; '' for none."""
        ...

    @property
    def commits(self) -> int:
        """Return how often something was stored: the same number as before means that nothing came since."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> "pa.Table":
        """Answer one SELECT. Errors: StoreError."""
        ...

    def add(self, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Store rows by relation, all or none; durable when it returns. Errors: StoreError."""
        ...

    def troubles(self) -> dict[str, str]:
        """Return what keeps the collector from working, by part; empty when all is well."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
