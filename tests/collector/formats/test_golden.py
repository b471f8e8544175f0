"""Lines of real servers and the rows they must become."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from culpa.collector.formats import Record, Source, Unreadable, by_name, recognise, tables_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_a_real_line_becomes_its_row(name, read, facts) -> None:
    """Every column of the row is as expected; ids are those of a file named some.log."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    assert golden["row"] == facts(read(golden["format"], golden["line"]))


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(path.stem for path in GOLDEN.glob("*.json"))),
    at=st.floats(0, 1),
    removed=st.integers(0, 40),
    put=st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(["\\", "\\x", '"', "}", "[", "-", "9" * 30, "1e99", "null", "\\ud800", "\0", ", client: "]),
)
def test_a_damaged_line_is_a_row_or_unreadable(name, at, removed, put) -> None:
    """Whatever happens to a line, no other error comes of it, and a row always fits the store."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    cut = int(at * len(golden["line"]))
    line = golden["line"][:cut] + put + golden["line"][cut + removed :]
    recognise("some.log", [line])
    try:
        row = by_name(golden["format"]).read(Record(line, 0, len(line), 1), Source("some.log"))
    except Unreadable:
        return
    tables = tables_of([row] if row else [])
    assert ({row.relation} if row else set()) == tables.keys() - {"exceptions"}
    assert {1} >= {table.num_rows for table in tables.values()}
