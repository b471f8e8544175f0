"""Each sample of one line is what a server or app writes into its log, in every format that is read."""

import csv
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from culpa.collector.formats import Record, Row, Source, Unreadable, by_name, formats, tables_of
from culpa.knowledge import declared_formats
from redaction.samples import Sample, samples

_GOLDEN = Path(__file__).parents[1] / "collector" / "formats" / "golden"
_ONE_LINE = [sample for sample in samples() if not set(sample.text) & set("\n\r\t\0") and len(sample.text) < 2000]
# Frames, statements or targets only: there is no place for words.
_NO_WORDS = frozenset(("appengine_requests", "connect_log", "django_page", "koa_log", "mysql_slow", "php_fpm_slow"))


def _lines() -> dict[str, tuple[str, str]]:
    """Return for each format a line of a real server and what of it is the message, or the path asked for."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(_GOLDEN.glob("*.json")):
        golden = json.loads(path.read_text())
        row, line = golden["row"] or {}, golden["line"]
        for part in (row.get("body"), row.get("exception_message"), row.get("url_path")):
            words = str(part or "").split("\n")[0]
            # A message that ends in a statement makes what is put behind it a part of that.
            is_plain = golden["format"] == "postgresql_csv" or not re.search("(?i)select|sql: |duration", words)
            if len(words) > 1 and words in line and is_plain and golden["format"] not in found:
                found[golden["format"]] = (line, words)
    for entry in declared_formats():
        for sample in entry.samples:
            where = ("message", "path", "exception_message", *(() if entry.name in _NO_WORDS else ("target",)))
            told = (sample.fields.get(name, "") for name in where)
            words = next((one.split("\n")[0] for one in told if one), "") or _second_line(sample.line)
            if len(words) > 1 and words in sample.line:
                found.setdefault(entry.name, (sample.line, words))
    return found


def _second_line(line: str) -> str:
    """Return what stands behind the level where a head of its own has time and logger: `SEVERE: no cart`."""
    return line.partition("\n")[2].partition("\n")[0].partition(": ")[2]


_LINES = _lines()


def _csv(line: str, text: str) -> str:
    fields = next(csv.reader([line]))
    # Only the message is quoted, as the others have no commas.
    fields[11:14] = ["ERROR", "23505", '"' + text.replace('"', '""') + '"']
    return ",".join([*fields[:14], *[""] * 11, "0"])


def _is_path(words: str) -> bool:
    # Laravel's messages of the demo begin with the route that failed, too.
    return words.startswith("/") and not words.startswith("/db/")


def _put(format_name: str, text: str) -> str:
    line, words = _LINES[format_name]
    if _is_path(words):
        return line.replace(words, text if text.startswith("/") else "/x?q=" + quote(text))
    if format_name == "postgresql_csv":
        return _csv(line, text)
    written = json.dumps(text)[1:-1] if line.startswith("{") else text
    # Loguru's JSON writes the message twice, first in its whole text.
    at = line.rindex(words) if format_name == "loguru_json" else line.index(words)
    return line[:at] + f"{words} {written}" + line[at + len(words) :]


def _read(format_name: str, chosen: list[Sample]) -> list[tuple[Sample, str]]:
    known = by_name(format_name)
    rows: list[Row] = []
    of: list[Sample] = []
    for number, sample in enumerate(chosen):
        line = _put(format_name, sample.text)
        try:
            row = known.read(Record(line, number, number + len(line), number + 1), Source("some.log"))
        except Unreadable:
            continue
        if row:
            rows.append(row)
            of.append(sample)
    tables = tables_of(rows)
    told = {row.relation for row in rows}
    assert len(told) <= 1
    texts = [str(list(row.values())) for name in told for row in tables[name].to_pylist()]
    return list(zip(of, texts, strict=True))


def test_there_is_a_line_of_every_format_that_carries_words() -> None:
    assert set(formats()) - _NO_WORDS <= _LINES.keys()


@pytest.mark.parametrize("format_name", sorted(_LINES))
def test_no_secret_in_a_line_reaches_a_row(format_name: str) -> None:
    """By whatever column; most lines must have become rows, or nothing was tried."""
    seen = _read(format_name, [sample for sample in _ONE_LINE if sample.is_secret])
    left = [sample.text for sample, text in seen if not sample.is_right(text)]
    assert len(seen) >= 150
    assert len(left) <= len(seen) * 0.02, left


@pytest.mark.parametrize(
    "format_name", sorted(name for name, (_, words) in _LINES.items() if not _is_path(words) and name not in _NO_WORDS)
)
def test_harmless_words_in_a_line_survive(format_name: str) -> None:
    """As far as the format keeps them at all: compared with a word that nobody redacts."""
    chosen = [sample for sample in _ONE_LINE if not sample.is_secret and not set(sample.text) & set("\"'\\")]
    seen = [(sample, text) for sample, text in _read(format_name, chosen) if sample.text.split()[0] in text]
    lost = [sample.text for sample, text in seen if not sample.is_right(text)]
    assert len(lost) <= max(1, len(seen) * 0.02), lost
