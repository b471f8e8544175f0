"""The door of this room: open a store and ask it about failed requests."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from culpa.analysis.pipeline.questions import question
from culpa.analysis.surface.filters import Filters
from culpa.analysis.surface.place import DEFAULT_FOLDER, LOCAL_COLLECTOR, default_store
from culpa.analysis.surface.rows import Rows
from culpa.store import Parameter, Store, StoreNotFound, open_store, since_ns

if TYPE_CHECKING:
    import pyarrow as pa

    from culpa.analysis.explanation.explain import Explanation

#: No limit: more than any store holds, and a number that every engine takes.
_ALL = 2**62


class Session:
    """A store that is open for questions. Close it, or use it in a `with` block."""

    def __init__(self, store: Store) -> None:
        """Take over an open store; `open` does both."""
        self._store = store

    @property
    def where(self) -> str:
        """Return the place that is read, as it was named."""
        return self._store.where

    def verdicts(
        self,
        *,
        since: str | datetime | timedelta | None = None,
        service: str = "",
        cause: str = "",
        limit: int | None = None,
        filters: Filters | None = None,
    ) -> Rows:
        """Return the failed requests, newest first, each with its verdict.

        `since` is a duration back from now ('1h') or a time; `cause` a code or a whole layer ('database'). `filters`
        has these and others; give one or the other.
        Errors: NotATime, StoreError.
        """
        chosen = filters or Filters(since_ns=since_ns(since), service=service, cause=cause)
        return Rows(self.ask("verdicts", **chosen.parameters(), max_rows=limit if limit else _ALL))

    def problems(self, *, filters: Filters | None = None, limit: int | None = None) -> Rows:
        """Return the problems behind the failed requests that pass the filters, those still going on first.

        Each with exception and place of its newest request. Errors: StoreError.
        """
        chosen = filters or Filters()
        most = limit if limit else _ALL
        return Rows(self.ask("chosen_problems", **chosen.parameters(), is_filtered=chosen.is_set, max_rows=most))

    def explain(self, trace_id: str) -> "Explanation":
        """Return all that is known about the failed requests of a trace; 8 digits of its id may do.

        Errors: NoSuchTrace, AmbiguousTrace, NotATraceId; StoreError.
        """
        # With all that is behind it, and that no other question needs.
        from culpa.analysis.explanation.explain import explain

        return explain(self.ask, trace_id)

    def sql(self, text: str, /, **parameters: Parameter) -> Rows:
        """Answer one SELECT over `verdicts`, `problems`, `spans`, `exceptions`, `logs`, `access` and others.

        Write values as `$name` and give them as `name=value`. Errors: StoreError.
        """
        return Rows(self._run(text, parameters))

    def ask(self, name: str, /, **parameters: Parameter) -> "pa.Table":
        """Answer the question in `sql/<name>.sql`. Errors: StoreError."""
        return self._run(question(name), parameters)

    def _run(self, text: str, parameters: Mapping[str, Parameter]) -> "pa.Table":
        return self._store.query(text, parameters)

    def close(self) -> None:
        """Let go of the store. May be called twice."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<culpa.analysis.Session {self.where}>"


def open(where: str | Path | None = None, *, token: str | None = None) -> Session:
    """Open a segment file, a store directory or a running collector (`http://…`) for questions.

    Without `where`: CULPA_STORE, else a collector on this machine, else `./culpa-store`.
    `token` is the collector's read token, by default CULPA_READ_TOKEN.
    Errors: StoreError; a collector is asked at the first question.
    """
    chosen = where if where is not None else default_store()
    try:
        return Session(open_store(chosen, token=token))
    except StoreNotFound as error:
        if where is not None or chosen != DEFAULT_FOLDER:
            raise
        # Whoever named no store most often meant a collector.
        raise StoreNotFound(
            f"no collector answers at {LOCAL_COLLECTOR} (`culpa collect` starts one); {error}"
        ) from error
