"""`culpa judge --store clickhouse://…`: judge what lies in another system, into a store of one's own."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

import click

from culpa.analysis.commands.asking import Trouble, counted, say
from culpa.analysis.plain import visible

#: Where verdicts are kept unless another place is named.
INTO = Path("culpa-judged.duckdb")
_TOLD = """
    select count(*) as n, component, cause from verdicts where list_contains($wanted, trace_id)
    group by all order by n desc, component, cause limit 50
"""


class JudgeShare(click.ParamType[tuple[int, int]]):
    """The part of one of several judges: `2/3`, as its number and how many there are."""

    name = "share"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return both numbers. Errors: click.BadParameter."""
        if isinstance(value, tuple):
            return value
        number, _, of = value.partition("/")
        if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            self.fail(f"{value!r} is no share; write 2/3 for the second of three judges", param, ctx)
        return int(number), int(of)


class Judged(Protocol):
    """What a source tells of a window."""

    @property
    def found(self) -> int:
        """Return how many traces may hold a failed request."""
        ...

    @property
    def changed(self) -> Sequence[str]:
        """Return those of them that were judged now."""
        ...


def source_of(where: str | None) -> EntryPoint | None:
    """Return what judges at an address of that scheme, None for a store or a collector."""
    scheme, found, _ = (where or "").partition("://")
    for point in entry_points(group="culpa.sources", name=scheme.lower()) if found else ():
        return point
    return None


def judge_elsewhere(
    source: EntryPoint,
    where: str,
    into: Path,
    since_ns: int,
    until_ns: int,
    *,
    is_followed: bool,
    is_written: bool,
    is_approved: bool,
    share: tuple[int, int],
) -> int:
    """Judge what failed there in that time, and print what it was; return the exit status.

    Errors: StoreError, Trouble.
    """

    def told(judged: Judged) -> None:
        _tell(judged, into)

    try:
        judge_there = source.load()
        from culpa.analysis.settle import settle_each

        unapproved = judge_there(
            where,
            into=into,
            since_ns=since_ns,
            until_ns=until_ns,
            settle=settle_each,
            say=say,
            told=told,
            is_followed=is_followed,
            is_written=is_written,
            is_approved=is_approved,
            share=share,
        )
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        raise Trouble(f"culpa judge needs {library} for {source.name}://: pip install 'culpa[clickhouse]'") from missing
    if unapproved:
        click.echo(unapproved)
        say(
            "nothing is judged or made yet: the same call with --yes makes what is shown, and writes the verdicts there"
        )
    return 1 if unapproved else 0


def _tell(judged: Judged, into: Path) -> None:
    from culpa.store import DuckDBStore

    known = judged.found - len(judged.changed)
    say(
        f"{counted(judged.found, 'trace')} that may hold a failed request, {len(judged.changed)} judged, "
        f"{known} known already: {into}"
    )
    with DuckDBStore(into) as store:
        for row in store.query(_TOLD, {"wanted": list(judged.changed)}).to_pylist():
            click.echo(visible(f"{row['n']:>6}  {row['component'] or '?'}  {row['cause']}"))
