"""Take each real wording of the lists down the road that a verdict takes, and count how many are understood.

`python tests/knowledge/wordings.py` prints the counts, and after `--wrong` each that is not right and not held;
`wordings_page.py` writes them into the documentation. A wording is read by the collector's own readers (of exceptions, of log lines), stored, and judged by the whole engine: one failed
request each, with nothing else to tell what happened.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parents[1]))

from culpa.analysis.settle import settle
from culpa.collector.exceptions import exception_table
from culpa.collector.formats import tables_of
from culpa.knowledge.tables import read_table
from culpa.store import DuckDBStore, arrow_schema
from knowledge.wordings_scene import Told, entry_span, exception_of, lines_of

#: The lists, in the order in which they were collected.
LISTS = ("first", "second", "third", "fourth")
COLUMNS = ["held", "kind", "from", "type", "text", "causes", "source"]
#: From here on a verdict is held with confidence (docs/verdicts.md).
CONFIDENT = 0.8
OUTCOMES = ("right", "unknown", "wrong", "confidently wrong")
_ESCAPES = (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"'))


@dataclass(frozen=True, slots=True)
class Judged:
    """A wording and the verdict on it; `cause` is `` where there is no verdict."""

    wording: Told
    cause: str
    confidence: float

    @property
    def outcome(self) -> str:
        """Return `right`, `unknown` (honestly so), `wrong`, or `confidently wrong`."""
        if self.cause in self.wording.causes:
            return "right"
        if self.cause in ("", "unknown"):
            return "unknown"
        return "confidently wrong" if self.confidence >= CONFIDENT else "wrong"


def wordings(name: str) -> list[Told]:
    """Return the wordings of a list in their order, numbered from 1."""
    table = Path(__file__).with_name(f"wordings_{name}.tsv")
    rows = read_table(table.name, table.read_text("utf-8"), COLUMNS)
    return [
        Told(
            number=number,
            is_held=row["held"] == "held",
            kind=row["kind"],
            place=row["from"],
            type=row["type"],
            text=_plain(row["text"]),
            causes=tuple(row["causes"].split("|")),
            source=row["source"],
        )
        for number, row in enumerate(rows, 1)
    ]


def _plain(text: str) -> str:
    for written, meant in _ESCAPES:
        text = text.replace(written, meant)
    return text


def judged(told: Iterable[Told]) -> list[Judged]:
    """Judge all of them in one store, and return what came of each."""
    wanted = list(told)
    with TemporaryDirectory() as folder, DuckDBStore(Path(folder) / "wordings.duckdb", writable=True) as store:
        store.write(_tables(wanted))
        settle(store, None)
        rows = store.query("select trace_id, cause, confidence from verdicts").to_pylist()
    found = {row["trace_id"]: (row["cause"], row["confidence"]) for row in rows}
    return [Judged(one, *found.get(one.trace_id, ("", 0.0))) for one in wanted]


def _tables(told: list[Told]) -> dict[str, pa.Table]:
    raised = [one for one in told if not one.is_line]
    tables = tables_of(row for one in told if one.is_line for row in lines_of(one))
    exceptions = [exception_table(exception_of(one) for one in raised)]
    exceptions += [tables.pop("exceptions")] if "exceptions" in tables else []
    schema = arrow_schema("spans")
    spans = [{field.name: _of(entry_span(one), field) for field in schema} for one in raised]
    return {
        **tables,
        "spans": pa.Table.from_pylist(spans, schema=schema),
        "exceptions": pa.concat_tables(exceptions),
    }


def _of(row: dict[str, Any], field: Any) -> Any:
    if field.name in row:
        return row[field.name]
    if pa.types.is_list(field.type):
        return []
    if pa.types.is_boolean(field.type):
        return False
    return "" if pa.types.is_string(field.type) else 0


def share(some: Iterable[Judged], outcome: str = "right") -> float:
    """Return which share of them had this outcome, 0..1."""
    counted = Counter(one.outcome for one in some)
    return counted[outcome] / max(counted.total(), 1)


def counts(all_of_them: list[Judged]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield how many had which outcome: by kind, of those not held, of those held, and of all."""
    for kind in dict.fromkeys(one.wording.kind for one in all_of_them):
        yield kind, _counted(one for one in all_of_them if one.wording.kind == kind)
    yield "not held", _counted(one for one in all_of_them if not one.wording.is_held)
    yield "held", _counted(one for one in all_of_them if one.wording.is_held)
    yield "all", _counted(all_of_them)


def _counted(some: Iterable[Judged]) -> dict[str, int]:
    counted = Counter(one.outcome for one in some)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def main() -> None:
    """Print the counts of each list, and after `--wrong` each wording that is not right and not held."""
    for name in LISTS:
        all_of_them = judged(wordings(name))
        for group, counted in counts(all_of_them):
            print(name, group, *counted.values(), sep="\t")
        if "--wrong" in sys.argv[1:]:
            for one in all_of_them:
                if one.outcome != "right" and not one.wording.is_held:
                    _print(one)


def _print(one: Judged) -> None:
    told = one.wording
    print(f"{told.number} {one.outcome} {one.confidence:.2f} {one.cause} not {'|'.join(told.causes)}")
    print(f"    {told.place} :: {told.type}: {told.text[:150]!r}")


if __name__ == "__main__":
    main()
