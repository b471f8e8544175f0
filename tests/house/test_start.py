"""A command starts without what it has no use for."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import culpa.analysis
import culpa.collector.intake
import culpa.collector.writer
import culpa.store

RECORDINGS = Path(__file__).parent.parent / "corpus.tar.gz"


def test_the_help_of_no_command_imports_what_only_its_work_needs() -> None:
    """Whoever asks how a command is used, or mistypes it, waits for none of these."""
    heavy = [
        "asyncio",
        "duckdb",
        "httpx",
        "numpy",
        "opentelemetry",
        "pandas",
        "psycopg",
        "pyarrow",
        "rich",
        "starlette",
    ]
    code = (
        "import sys; from importlib.metadata import entry_points; from culpa.instrumentation.cli import main\n"
        "for name in sorted(entry_points(group='culpa.commands').names): assert 0 == main([name, '--help']), name\n"
        "from culpa.store.commands import command as store\n"
        "for name in store.list_commands(None): assert 0 == main(['store', name, '--help']), name\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == ran.stdout.splitlines()[-1]


def test_a_library_that_a_command_misses_when_it_works_is_told_with_what_to_install() -> None:
    """Commands import late, so that they can be found, and their help be read, before the library is missed."""
    code = (
        "import sys; sys.modules['duckdb'] = None; from culpa.instrumentation.cli import main;"
        "sys.exit(main(['verdicts', '--store', '.']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (2, "") == (ran.returncode, ran.stdout)
    assert "Error: culpa verdicts needs duckdb: pip install 'culpa[analysis]'\n" == ran.stderr


def test_what_a_room_imports_late_is_there_by_every_name_that_it_lists() -> None:
    """And any other name is an AttributeError, as of every module."""
    for room in (culpa.analysis, culpa.collector.intake, culpa.collector.writer, culpa.store):
        listed = set(room.__all__)
        assert listed == {name for name in listed if getattr(room, name) is not None}
        assert listed <= set(dir(room))
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            _ = room.nothing


def test_commands_leave_alone_what_they_have_no_use_for(tmp_path: Path) -> None:
    """Arrow would import pandas at the first list that it is given; and what they print does not depend on it."""
    with tarfile.open(RECORDINGS) as packed:
        packed.extract("recorded/node/db_unkdb/otlp.jsonl", tmp_path, filter="data")
    code = (
        "import sys; from culpa.instrumentation.cli import main\n"
        "db, recorded = sys.argv[1:]\n"
        "trace = ['c35be85285e99a3190d4b6ff4fe2ba0d']\n"
        "for command in (['ingest', recorded, '--quiet', '--db', db], ['label', *trace, '--cause', 'config.schema_drift',"
        " '--store', db], *([name, *rest, '--store', db] for name, *rest in (['verdicts'], ['verdicts', '--json'],"
        " ['problems'], ['explain', *trace], ['sql', 'from spans'], ['accuracy']))):\n"
        "    assert 0 == main(command), command\n"
        "    assert 'pandas' not in sys.modules, command\n"
        "    assert command[0] != 'ingest' or not {'asyncio', 'prometheus_client'} & sys.modules.keys()\n"
        "import pyarrow; print(type(pyarrow.array([1, 2]).to_pandas()))\n"
    )
    made = [str(tmp_path / "made.duckdb"), str(tmp_path / "recorded")]
    ran = subprocess.run([sys.executable, "-c", code, *made], capture_output=True, text=True, check=False)
    assert (0, "<class 'pandas.Series'>") == (ran.returncode, ran.stdout.splitlines()[-1]), ran.stderr


def test_arrow_starts_no_thread_that_multiplies_matrices() -> None:
    """NumPy, which Arrow imports, has one for each core, and each waits its first milliseconds with the core at work."""
    code = (
        "from pathlib import Path; from culpa.store import use_arrow_alone\n"
        "use_arrow_alone(); import numpy\n"
        "names = [path.read_text().strip() for path in Path('/proc/self/task').glob('*/comm')]\n"
        "print(len([name for name in names if not name.startswith('jemalloc')]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "1\n" == ran.stdout
