"""Judge each case as `culpa ingest` does, alone, and say what came of it: one file, or the files of one folder together.

`python tests/posted/posted.py` prints the counts and each file that is not right. `truths.tsv` tells what is true: the path of the failed
request (empty: it is the only one), every right cause (none: nothing failed), the component (empty: any), and flags: `doubt` where an honest
`unknown` is as good, `below-0.8` where the file tells too little for more.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from culpa.instrumentation.cli import main as culpa
from culpa.knowledge.tables import read_table

HERE = Path(__file__).parent
COLUMNS = ["list", "case", "path", "causes", "component", "flags", "form", "source"]
OUTCOMES = ("right", "honest", "too sure", "helpless", "none", "wrong", "confidently wrong")
#: From here on a verdict is held with confidence (docs/verdicts.md).
CONFIDENT = 0.8
ASKED = "select path, status, layer, component, cause, confidence from verdicts where not truncated or status >= 500"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one file, or of one folder whose files tell of the same incident."""

    list: str
    case: str
    path: str
    causes: frozenset[str]
    component: str
    flags: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, and what was said of it: nothing, or the verdict that was held most surely."""

    truth: Truth
    said: dict[str, Any]
    printed: str

    @property
    def outcome(self) -> str:
        """Return `right`, `honest`, `helpless`, `too sure`, `wrong`, `confidently wrong`, or `none`."""
        truth, said = self.truth, self.said
        if not said:
            return "none" if truth.causes else "right"
        sure = said["confidence"] >= CONFIDENT
        is_named = truth.component in ("", said["component"])
        if said["cause"] == "unknown":
            is_honest = "doubt" in truth.flags and (is_named or not said["component"])
            return "right" if "unknown" in truth.causes else "honest" if is_honest else "helpless"
        if said["cause"] in truth.causes and is_named:
            return "too sure" if sure and "below-0.8" in truth.flags else "right"
        return "confidently wrong" if sure else "wrong"


def truths() -> list[Truth]:
    """Return what is true of each case."""
    table = HERE / "truths.tsv"
    return [
        Truth(
            row["list"],
            row["case"],
            row["path"],
            frozenset(row["causes"].split("|")) - {""},
            row["component"],
            frozenset(row["flags"].split()),
            row["source"],
        )
        for row in read_table(table.name, table.read_text("utf-8"), COLUMNS)
    ]


def judged(truth: Truth) -> Judged:
    """Read the case alone, judge what it tells, and keep what was said of the request that is meant."""
    found, printed = _ingested(truth.case)
    meant = [one for one in found if truth.path in ("", one["path"].partition("?")[0])]
    return Judged(truth, max(meant, key=lambda one: one["confidence"], default={}), printed)


@lru_cache(maxsize=1)  # a case of many requests is read once
def _ingested(case: str) -> tuple[list[dict[str, Any]], str]:
    printed = StringIO()
    with TemporaryDirectory() as folder:
        store = Path(folder) / "posted.duckdb"
        with redirect_stdout(printed), redirect_stderr(printed):
            culpa(["ingest", *map(str, files_of(case)), "--db", str(store)])
        return (_verdicts(store) if store.exists() else []), printed.getvalue()


def files_of(case: str) -> Sequence[Path]:
    """Return the file, or the files of the folder."""
    folder = HERE / case
    return sorted(folder.iterdir()) if folder.is_dir() else [HERE / f"{case}.log"]


def _verdicts(store: Path) -> list[dict[str, Any]]:
    with duckdb.connect(str(store), read_only=True) as connection:
        return connection.sql(ASKED).to_arrow_table().to_pylist()


def counts(all_of_them: Iterable[Judged]) -> Counter[str]:
    """Return how many had which outcome."""
    return Counter(one.outcome for one in all_of_them)


def main() -> None:
    """Print the counts, and each case that is not right; names after the command choose cases or lists."""
    all_of_them = [judged(one) for one in truths() if len(sys.argv) == 1 or {one.case, one.list} & {*sys.argv}]
    for one in all_of_them:
        if one.outcome not in ("right", "honest") or len(sys.argv) > 1:
            print(f"{one.outcome}\t{one.truth.case}: {one.said} not {'|'.join(one.truth.causes)} {one.truth.component}")
            if not one.said or len(sys.argv) > 1:
                print("   ", one.printed.strip().replace("\n", "\n    "))
    print(*(f"{number} {outcome}" for outcome, number in counts(all_of_them).most_common()), sep=", ")


if __name__ == "__main__":
    main()
