"""`culpa snippet` and `culpa doctor SYSTEM FILE` on the command line, and what the documents say of them."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from culpa.collector.formats import formats
from culpa.instrumentation.cli import main
from culpa.instrumentation.snippets import checkable, code, snippet, systems
from culpa.instrumentation.snippets.command import command

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("system", systems())
def test_a_snippet_says_where_to_put_it_and_what_the_collector_follows(system: str) -> None:
    """With formats that there are, and without anything left to fill in."""
    told = CliRunner().invoke(command, [system])
    assert (0, snippet(system)) == (told.exit_code, told.stdout)
    assert re.search(r"(?i)where:|where to|1\. ", told.stdout)
    assert [] == re.findall(r"@\w+@|\[logs", told.stdout)
    followed = re.findall(r"--tail (\w+)=", told.stdout)
    assert followed or system in ("go", "java") or system.endswith("-page")
    assert set() == set(followed) - set(formats())


def test_folders_addresses_and_names_are_put_in() -> None:
    """Wherever they stand."""
    options = ["--logs", "/data/logs/", "--collector", "https://culpa.example:4318/", "--service", "shop"]
    for system in ("php", "nginx", "postgres", "mariadb", "apache"):
        text = CliRunner().invoke(command, [system, *options]).stdout
        assert "/data/logs/" in text and "/var/log" not in text.replace("error_log /var/log/nginx/error.log;", "")
    for system in ("php", "rails", "node", "java"):
        text = CliRunner().invoke(command, [system, *options]).stdout
        assert "https://culpa.example:4318" in text and "4318/" not in text
        assert re.search(r'OTEL_SERVICE_NAME\]?(?: = |="?)shop\b', text)


def test_the_source_file_is_printed_where_there_is_one() -> None:
    """And asking for another's is a mistake of usage."""
    assert code("php") == CliRunner().invoke(command, ["laravel", "--code"]).stdout
    assert "class Trace" in CliRunner().invoke(command, ["rails", "--code"]).stdout
    refused = CliRunner().invoke(command, ["nginx", "--code"])
    assert (2, True) == (refused.exit_code, "there is no source file for nginx" in refused.stderr)
    assert 2 == CliRunner().invoke(command, ["iis"]).exit_code


def test_the_doctor_says_what_a_file_lacks_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 when it lacks nothing, 2 when it cannot be read."""
    file = tmp_path / "postgresql.conf"
    file.write_text(snippet("postgres"))
    assert 0 == main(["doctor", "postgres", str(file)])
    file.write_text("log_lock_waits = off\nlog_min_duration_statement = 1s\n")
    capsys.readouterr()
    assert 1 == main(["doctor", "postgres", str(file)])
    assert f"{file}:1: long waits for locks are not logged" in capsys.readouterr().out
    assert 2 == main(["doctor", "postgres", str(tmp_path / "absent.conf")])


def test_the_documents_name_every_system() -> None:
    """Each in the table of its page."""
    pages = "".join((DOCS / name).read_text("utf-8") for name in ("webservers.md", "languages.md"))
    assert set(systems()) == set(re.findall(r"(?m)^\| `([\w-]+)` \|", pages))
    servers = set(re.findall(r"(?m)^\| `(\w+)` \|", (DOCS / "webservers.md").read_text("utf-8")))
    assert servers <= set(checkable())
