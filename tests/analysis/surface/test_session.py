"""The Python door: open a store, ask, and take the rows wherever they are needed."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import culpa.analysis as ca
from culpa.store import StoreNotFound

UNREACHABLE = "00000001000000000000000000000001"
HOSTILE = "00000004000000000000000000000004"


@pytest.fixture
def session(sample: Path) -> Iterator[ca.Session]:
    """Return a session on the sample."""
    with ca.open(sample) as opened:
        yield opened


def test_rows_are_dicts_with_times_in_utc(session: ca.Session) -> None:
    """Iterating gives plain Python values; times know their zone, also deep inside the evidence."""
    rows = session.verdicts(cause="database.unreachable")
    assert 1 == len(rows)
    (row,) = rows
    assert datetime(2026, 3, 1, 10, 0, 1, 123456, UTC) == row["ended_at"]
    assert UTC.utcoffset(None) == row["evidence"][0]["seen_at"].utcoffset()
    assert row == rows[0] == rows[-1]
    assert isinstance(rows[0:1], ca.Rows)


def test_rows_go_over_into_arrow_pandas_and_polars(session: ca.Session) -> None:
    """All three hold every row, and nanoseconds."""
    rows = session.verdicts()
    assert 8 == rows.arrow().num_rows == len(rows.df()) == len(rows.pl())
    assert "datetime64[ns]" == str(rows.df()["ended_at"].dtype)
    assert rows.columns == rows.pl().columns


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz", "timestamp_ns"])
def test_infinite_times_are_the_last_that_python_knows(session: ca.Session, kind: str) -> None:
    """Alone and inside of lists; frames of pandas and Polars hold them too."""
    rows = session.sql(f"select 'infinity'::{kind} as at, '-infinity'::{kind} as before, ['infinity'::{kind}] as many")
    [row] = rows
    if kind != "timestamp_ns":
        assert (date.max, date.min) == tuple(at if kind == "date" else at.date() for at in (row["at"], row["before"]))
    assert [row["at"]] == row["many"]
    assert 1 == len(rows[:1].pl()) == len(session.sql(f"select 'infinity'::{kind} as at").df())


@pytest.mark.parametrize(("library", "method"), [("pandas", "df"), ("polars", "pl")])
def test_a_missing_library_is_named(
    session: ca.Session, monkeypatch: pytest.MonkeyPatch, library: str, method: str
) -> None:
    """Without pandas or polars the error says what to type."""
    monkeypatch.setitem(sys.modules, library, None)
    rows = session.verdicts()
    with pytest.raises(ca.MissingLibrary, match=f"pip install {library}"):
        getattr(rows, method)()


def test_rows_show_themselves(session: ca.Session) -> None:
    """The text has a line per row, the HTML a table; both say how many there are."""
    rows = session.sql("select trace_id, status from verdicts order by all")
    assert "8 rows" in repr(rows)
    assert 8 == rows._repr_html_().count("<tr>") - 1
    many = session.sql("select i from range(1000) as t(i)")
    assert "the first 100 of 1000 rows" in repr(many)
    assert "the first 100 of 1000 rows" in many._repr_html_()


def test_wide_rows_are_shown_as_blocks(session: ca.Session) -> None:
    """A verdict has too many columns for a grid: each has a line, and empty ones are left out."""
    text = repr(session.verdicts(cause="database.deadlock"))
    assert "component          postgresql://db:5432/shop\n" in text
    assert "exception_type" not in text
    assert text.endswith("1 row")
    hostile = repr(session.verdicts(cause="app.unhandled_exception"))
    assert not {"\x1b", "\u202e", "\r"} & set(hostile)


def test_html_escapes_telemetry(session: ca.Session) -> None:
    """A script in an error message stays text, in tables and in explanations."""
    for html in (session.verdicts()._repr_html_(), session.explain(HOSTILE)._repr_html_()):
        assert "<script>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "\x1b" not in html
        assert "\u202e" not in html


def test_any_select_can_be_shown(session: ca.Session) -> None:
    """Nulls, nested values, huge sums, bytes, equal names, no rows: nothing breaks the display."""
    rows = session.sql(
        "select null as a, 1 as a, [1, null] as b, {'x': 'y'} as c, sum(9223372036854775807) as d, "
        "'x'::blob as e, 'nan'::double as f, date '2026-01-02' as g, interval 1 day as h, true as i, "
        "1.50::decimal(9, 2) as j, map(['k'], ['v']) as k, timestamp 'infinity' as l"
    )
    assert repr(rows)
    assert rows._repr_html_()
    (row,) = rows.json()
    assert (None, 1, [1, None], {"x": "y"}, 9223372036854775807) == tuple(
        row[key] for key in ("a", "a_1", "b", "c", "d")
    )
    assert ("78", None, "2026-01-02", True, 1.5, {"k": "v"}) == tuple(
        row[key] for key in ("e", "f", "g", "i", "j", "k")
    )
    assert "0 rows" in repr(session.sql("select 1 as a where false"))


def test_values_are_bound(session: ca.Session) -> None:
    """What looks like SQL inside a value stays a value."""
    rows = session.sql("select $text as text", text="' or 1 = 1 --")
    assert "' or 1 = 1 --" == rows[0]["text"]


def test_since_counts_back_or_names_a_time(session: ca.Session) -> None:
    """A duration, a timedelta, a text and a datetime all mean a point in time."""
    assert 2 == len(session.verdicts(since="2026-03-01T10:00:07Z"))
    assert 2 == len(session.verdicts(since=datetime(2026, 3, 1, 10, 0, 7, tzinfo=UTC)))
    assert 0 == len(session.verdicts(since="1h"))
    assert 0 == len(session.verdicts(since=timedelta(minutes=5)))
    assert 8 == len(session.verdicts(since="9999d"))
    with pytest.raises(ca.NotATime, match="write 15m"):
        session.verdicts(since="soon")


def test_an_explanation_has_its_parts_as_data(session: ca.Session) -> None:
    """Verdict, tree, evidence, missing telemetry and runbook are attributes, not only text."""
    explanation = session.explain(UNREACHABLE)
    assert "postgresql://db:5432/shop" == explanation.verdict["component"]
    assert ["nginx"] == [root.service for root in explanation.tree]
    assert ["refused_connect", "origin_exception", "no_peer"] == [row["rule"] for row in explanation.evidence]
    assert [] == explanation.missing
    assert "pg_isready" in explanation.runbook
    assert explanation.text == repr(explanation)
    assert "failed here" in explanation._repr_html_()


def test_unknown_traces_are_told_apart(session: ca.Session) -> None:
    """Not known and no id at all are different errors; a healthy one is drawn, here and in a notebook."""
    with pytest.raises(ca.NoSuchTrace, match="no trace"):
        session.explain("f" * 32)
    healthy = session.explain("00000009")
    assert ([], {}, [], [], "") == (
        healthy.failures,
        healthy.verdict,
        healthy.evidence,
        healthy.missing,
        healthy.runbook,
    )
    assert "no request of trace" in healthy._repr_html_()
    assert 1 == len(healthy.tree)
    with pytest.raises(ca.NotATraceId):
        session.explain("zzz")


def test_the_environment_names_the_store(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument CULPA_STORE decides."""
    monkeypatch.setenv("CULPA_STORE", str(sample))
    with ca.open() as opened:
        assert str(sample) == opened.where
        assert 8 == len(opened.verdicts())


def test_a_store_directory_is_opened_too(sample: Path, tmp_path: Path) -> None:
    """A directory stands for the segment in it; one without any is an error that names it."""
    (tmp_path / "hot.duckdb").write_bytes(sample.read_bytes())
    with ca.open(tmp_path) as opened:
        assert 8 == len(opened.verdicts())
    with pytest.raises(StoreNotFound, match="nothing-here"):
        ca.open(tmp_path / "nothing-here")
