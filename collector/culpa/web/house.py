"""The seam between the page and whoever serves it: a running collector, or `culpa open`."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal, Protocol

from starlette.requests import HTTPConnection

from culpa.store import Parameter

if TYPE_CHECKING:
    import pyarrow as pa

#: The relations that keep what people say.
Word = Literal["labels", "problem_states"]


class Moment(Protocol):
    """A picture of the store that several questions have in common."""

    async def let_go(self) -> None:
        """Hold nothing any more; the next question takes a new picture."""
        ...


class House(Protocol):
    """Who serves the page. `where`, `query` and `close` make it a `culpa.store.Store`.

    What waits is called in worker threads, never on the event loop; but for what is `async`, which is awaited there.
    """

    @property
    def where(self) -> str:
        """Return the store's place, for people."""
        ...

    @property
    def is_live(self) -> bool:
        """Say whether more may arrive."""
        ...

    @property
    def is_writable(self) -> bool:
        """Say whether words of people can be kept."""
        ...

    @property
    def wants_token(self) -> bool:
        """Say whether who reads must show a token."""
        ...

    def is_token(self, shown: str) -> bool:
        """Say whether this is the token."""
        ...

    def refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Return status and message for who may not read, by token, Host and Origin; None for who may."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> "pa.Table":
        """Answer one SELECT. Errors: StoreError."""
        ...

    def moment(self) -> AbstractAsyncContextManager[Moment]:
        """Have what is asked by `query` inside the block answered of one picture of the store, where that changes."""
        ...

    async def answer(self, sql: str) -> "pa.Table":
        """Answer one SELECT on the event loop; who cancels this stops the query. Errors: StoreError."""
        ...

    def keep(self, relation: Word, sent: object) -> None:
        """Keep a word. Errors: ValueError for what is none, StoreError."""
        ...

    def troubles(self) -> dict[str, str]:
        """Return what keeps the server from working, by part; empty when all is well."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
