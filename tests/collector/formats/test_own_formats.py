"""A user's own formats: read before ours, and refused with file, line, reason and what to do."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from culpa.collector.commands.formats import command
from culpa.collector.formats import formats, recognise
from culpa.knowledge import FIELDS, BadFormat, log_formats

DOCUMENT = (Path(__file__).parents[3] / "docs" / "own-formats.md").read_text("utf-8")
ENTRY = DOCUMENT.split("```toml\n", 1)[1].split("```", 1)[0]
LINE = "2024-05-01 10:00:01 <ERROR> GET /orders/7 500: no cart"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.toml").write_text(ENTRY)
    monkeypatch.setenv("CULPA_FORMATS", str(tmp_path))
    return tmp_path


def test_the_document_s_entry_reads_its_line(folder: Path) -> None:
    known = recognise("x.log", [LINE])
    assert known is not None and "shop_log" == known.name
    assert "java" == log_formats()["shop_log"].language


def test_every_field_is_documented() -> None:
    section = DOCUMENT.split("## Fields\n", 1)[1]
    assert set(FIELDS) <= set(re.findall(r"`(\w+)`", section))


@pytest.mark.parametrize(
    ("wrong", "line", "told"),
    [
        (ENTRY.replace("(?P<target>/", "(?P<route>/"), 4, "'route' of shop_log is no field"),
        (ENTRY.replace("(?P<message>.*)", "(?P<message>(?:\\w+ ?)+!)"), 4, "could take long"),
        (ENTRY.replace(r"(?P<message>.*)", r"(?P<message>(?=a).*)"), 4, "look-around"),
        (ENTRY.replace("(?P<message>.*)", "(?P<message>.*"), 4, "is no regular expression"),
        (ENTRY.replace('status = "500"', 'status = "501"'), 6, "reads status = '500'"),
        (
            ENTRY.replace('near = ["2024-05-01 10:00:01 ERROR of another log"]', f'near = ["{LINE}"]'),
            9,
            "is near, but not of it",
        ),
        (ENTRY.replace('name = "shop_log"', 'name = "Shop log"'), 2, "is no name"),
        (ENTRY.replace('language = "java"', 'speech = "java"'), 3, "'speech' is no key"),
        (ENTRY.replace('language = "java"', 'duration_unit = "weeks"'), 3, "is no unit"),
    ],
)
def test_a_faulty_entry_is_refused_with_its_place(folder: Path, wrong: str, line: int, told: str) -> None:
    (folder / "shop.toml").write_text(wrong)
    other = folder / "other"
    other.mkdir()
    (other / "shop.toml").write_text(wrong)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(BadFormat, match=re.escape(told)) as refused:
        patch.setenv("CULPA_FORMATS", str(other))
        formats()
    assert f"shop.toml:{line}: " in str(refused.value)


def test_a_name_that_is_taken_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.toml").write_text(ENTRY.replace("shop_log", "pino_json"))
    monkeypatch.setenv("CULPA_FORMATS", str(tmp_path))
    with pytest.raises(BadFormat, match="is the name of the format at"):
        formats()


def test_the_command_lists_and_shows(folder: Path) -> None:
    (folder / "some.log").write_text(f"{LINE}\n2024-05-01 10:00:02 gibberish\n")
    listed = CliRunner().invoke(command, [])
    assert re.search(r"shop_log +lines +.*shop\.toml:1", listed.output) and "nginx_access" in listed.output
    shown = CliRunner().invoke(command, ["try", str(folder / "some.log")], standalone_mode=False)
    assert "url_path = /orders/7" in shown.output and "NOT UNDERSTOOD" in shown.output
    assert 1 == shown.return_value
