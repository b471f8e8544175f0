"""Nothing that telemetry, a stranger's store or a file's name says steers a terminal: every command, by pipe and on a pty."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sweeps import some

from culpa.analysis import open as open_session
from culpa.instrumentation.plain import json_safe, visible
from culpa.store import DuckDBStore

from .conftest import span_rows, table, trace, verdict_rows
from .hostile import CORPUS, answers, hostile_folder, run_all, strangers

#: By these columns rows are found; a verdict without them is nobody's.
_KEYS = {"trace_id", "span_id", "parent_span_id", "request_span_id", "resource_id", "log_id"}


def _spoilt(row: dict[str, Any], text: str, relation: str) -> dict[str, Any]:
    full = {field.name: row.get(field.name) for field in table(relation, [row]).schema}
    kinds = {field.name: field.type for field in table(relation, [row]).schema}
    spoilt = {name: text for name in full if name not in _KEYS and pa.types.is_string(kinds[name])}
    if relation == "verdict_revisions":
        said = {"rule": text, "span_id": text, "source": text, "seen_at": 1, "statement": text, "weight": 1.0}
        spoilt |= {"missing": [text, text], "evidence": [said, said]}
    if relation == "spans":
        spoilt |= {"attr_keys": [text], "attr_vals": [text]}
    return {name: value for name, value in row.items() if value is not None} | spoilt


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store in which every text of every verdict and span is hostile, each trace in its own way."""
    place = tmp_path_factory.mktemp("hostile") / "hostile.duckdb"
    verdicts, spans = [], []
    for number, text in enumerate(CORPUS):
        # culpa itself says the kind.
        own = {"trace_id": trace(100 + number), "fingerprint": f"{number:016x}", "kind": "request"}
        verdicts.append(_spoilt(verdict_rows()[3], text, "verdict_revisions") | own)
        # A cause and a runbook of ours lead to the text of the runbook, too.
        known = {"request_span_id": f"{number:016x}", "cause": "database.deadlock", "runbook": "database.deadlock"}
        verdicts.append(verdicts[-1] | known)
        spans += [_spoilt(row, text, "spans") | {"trace_id": own["trace_id"]} for row in span_rows()[:4]]
    with DuckDBStore(place, writable=True) as made:
        made.write({"verdict_revisions": table("verdict_revisions", verdicts), "spans": table("spans", spans)})
    return place


def _commands(store: Path, folder: Path, *, explained: Sequence[str], as_markdown: Sequence[str]) -> list[list[str]]:
    """Return commands of every kind; the traces of some of the texts are explained, in either form."""
    one, where = trace(100), ["--store", str(store)]
    every = "select component, exception_message, evidence, missing from verdicts"
    failing = "select exception_message::int as n from verdicts order by length(exception_message), {} limit 1"
    commands = [
        ["verdicts", *where],
        ["verdicts", *where, "--json"],
        ["problems", *where],
        ["problems", *where, "--json"],
        ["sql", every, *where],
        ["sql", every, *where, "--json"],
        ["sql", 'select 1 as "\x1b[2J[red]\nFAKED ROW"', *where],
        *(["sql", failing.format(number), *where] for number in range(2)),
        *(
            ["sql", f"select error('{text.split()[0]}' || chr(27) || '[2J' || chr(10) || 'FAKED ROW')", *where]
            for text in CORPUS[:2]
        ),
        *(["explain", trace(100 + CORPUS.index(text)), *where] for text in explained),
        ["explain", one, *where, "--json"],
        ["explain", one, *where, "--sql"],
        *(["explain", trace(100 + CORPUS.index(text)), *where, "--markdown"] for text in as_markdown),
        ["explain", "\x1b[2J\nFAKED ROW", *where],
        ["label", one, "--cause", "database.deadlock", "--note", CORPUS[0], "--component", CORPUS[6], *where],
        ["accuracy", *where],
        ["judge", "--again", *where],
        ["verdicts", "--store", f"{folder}/\x1b[2J\nFAKED ROW"],
        ["ingest", *map(str, hostile_folder(folder)), "--db", str(folder / "new.duckdb")],
        ["config", "--store", "[red]\x1b[2J\u202e[link=https://evil.example]x[/link]"],
        ["doctor", "nginx", str(folder / "access.log")],
        ["doctor", "nginx", f"{folder}/\x1b[2J"],
    ]
    return commands


@pytest.mark.parametrize("terminal", [False, True])
def test_no_command_passes_anything_on_that_steers(store: Path, tmp_path: Path, terminal: bool) -> None:
    """Not one character beyond text and line ends, and rich's own colours on a terminal; no line is faked."""
    # A person reads the one on a terminal, a ticket has the other from a pipe.
    few, more = some(CORPUS, 1), some(CORPUS, 6)
    explained, as_markdown = (more, few) if terminal else (few, more)
    for width in ("200" if terminal else "90",):
        folder = tmp_path / width
        folder.mkdir()
        # Some of the commands write.
        copied = Path(shutil.copy(store, folder / "copied.duckdb"))
        text = run_all(
            _commands(copied, folder, explained=explained, as_markdown=as_markdown),
            {"COLUMNS": width},
            terminal=terminal,
        )
        found = answers(text)
        for command, (status, said) in found.items():
            assert not strangers(said), (command, strangers(said), said[:2000])
            assert status in (0, 1, 2)
            assert "Traceback" not in said, (command, said)
            assert not [line for line in said.splitlines() if line.strip() == "FAKED ROW"], (command, said)
        explained = found[json.dumps(["explain", trace(100), "--store", str(copied)])][1]
        assert "\\x1b[2J" in explained


def test_csv_on_a_terminal_is_written_out_and_in_a_pipe_is_faithful(store: Path) -> None:
    """A program gets every byte."""
    command = ["sql", "select exception_message from verdicts order by trace_id", "--csv", "--store", str(store)]
    # Its lines end as RFC 4180 has them.
    assert not strangers(run_all([command], {}, terminal=True).replace("\r\n", "\n"))
    piped = run_all([command], {}, terminal=False)
    assert CORPUS[0] in piped
    assert CORPUS[4] in piped


def test_a_notebook_shows_no_markup_of_telemetry(store: Path) -> None:
    """Neither HTML of it, nor what reorders text."""
    with open_session(store) as s:
        shown = [s.verdicts()._repr_html_(), s.problems()._repr_html_(), repr(s.verdicts()), repr(s.problems())]
        shown += [s.sql("select exception_message from verdicts")._repr_html_()]
        shown += [part for text in some(CORPUS, 6) for part in _both(s.explain(trace(100 + CORPUS.index(text))))]
    for text in shown:
        assert not strangers(text)
        assert "<script" not in text or "<" not in text[:1]
        assert "<img" not in text or "<" not in text[:1]


def _both(explanation: Any) -> list[str]:
    return [explanation._repr_html_(), repr(explanation)]


@pytest.mark.parametrize("text", CORPUS)
def test_json_keeps_what_it_escapes(text: str) -> None:
    """Escaping for a terminal changes no value."""
    safe = json_safe(json.dumps({"text": text}, ensure_ascii=False, indent=2))
    assert {"text": text} == json.loads(safe)
    assert not strangers(safe)


def test_plain_text_of_any_language_is_left_as_it_is() -> None:
    """Accents, marks that languages use, spaces of typographers, emoji of one letter."""
    for text in (
        "Größe 5 000 €",
        "नमस्ते दुनिया",
        "ภาษาไทยที่นี่",
        "日本語、テスト",
        "e\u0301le\u0300ve",
        "שלום עולם",
        "🚒 x",
        "a\u00a0b\u3000c",
    ):
        assert text == visible(text)
