"""Guards on the shape of the house itself."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ["analysis", "collector", "instrumentation"]


def test_culpa_is_a_namespace_and_every_room_is_typed() -> None:
    """A module or __init__ directly under */culpa would hide the other rooms, and no tool would say so."""
    for room in ROOMS:
        portion = ROOT / room / "culpa"
        assert [] == sorted(p.name for p in portion.iterdir() if p.is_file())
        for package in (p for p in portion.iterdir() if p.name != "__pycache__"):
            assert (package / "__init__.py").exists(), package
            assert (package / "py.typed").exists(), package


def test_instrumentation_stays_light() -> None:
    """Importing the room that runs inside users' processes drags in nothing that stores or serves."""
    code = (
        "import sys, culpa.instrumentation, culpa.instrumentation.cli;"
        "print([m for m in ('duckdb', 'starlette', 'pydantic', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert "[]" == done.stdout.strip()


def test_the_list_of_commands_says_what_they_say() -> None:
    """`culpa --help` reads a table, as to import every room takes long; the table is what the commands say themselves."""
    points = sorted(entry_points(group="culpa.commands"), key=lambda point: point.name)
    said = [f"{point.name}\t{point.value.split('.')[1]}\t{point.load().get_short_help_str(80)}" for point in points]
    table = files("culpa.instrumentation") / "commands.tsv"
    assert said == table.read_text("utf-8").splitlines()


def test_the_help_of_culpa_imports_no_room() -> None:
    """Whoever asks for help waits a tenth of a second."""
    code = (
        "import sys; from culpa.instrumentation.cli import main; main(['--help']);"
        "print([name for name in sys.modules if name in ('duckdb', 'pyarrow', 'starlette', 'numpy', 'opentelemetry')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == ran.stdout.splitlines()[-1]
