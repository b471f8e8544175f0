"""Measure what the start of each command costs: CPU (user and system) of a new process, beside `import duckdb`.

Rounds alternate over all commands, so that ratios hold whatever else runs here. Python finds every module compiled,
as pip leaves it. Commands that ask get a small file, made of one recording.
Run: python benchmarks/start.py [RECORDING] [--rounds 5] [--only verdicts]
"""

import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click

RECORDINGS = Path(__file__).parent.parent / "tests" / "corpus.tar.gz"
CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]
BASELINE = "import duckdb"


@click.command()
@click.argument("recording", default="recorded/node/db_unkdb")
@click.option("--rounds", default=5, help="Runs of each command; medians are reported.")
@click.option("--only", default="", help="Only the commands whose line holds this.")
def main(recording: str, rounds: int, only: str) -> None:
    """Start every command several times, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _unpack(recording, folder / "recorded")
        commands = {line: command for line, command in _commands(folder) if only in line or line == BASELINE}
        found: dict[str, list[float]] = {line: [] for line in commands}
        for _ in range(rounds + 1):
            for line, command in commands.items():
                found[line].append(_cpu_s(command, folder))
        # The first round writes what Python compiles and fills the machine's cache.
        middle = {line: statistics.median(times[1:]) for line, times in found.items()}
    click.echo(f"{recording}; medians of {rounds} rounds")
    for line, cpu_s in middle.items():
        click.echo(f"{line:30} {cpu_s * 1e3:6.0f} ms CPU  {cpu_s / middle[BASELINE]:6.2f} times {BASELINE}")


def _unpack(recording: str, into: Path) -> None:
    into.mkdir()
    with tarfile.open(RECORDINGS) as packed:
        for member in packed:
            if member.isfile() and member.name.startswith(f"{recording}/"):
                member.name = Path(member.name).name
                packed.extract(member, into, filter="data")
    if not any(into.iterdir()):
        raise click.ClickException(f"no recording {recording} in {RECORDINGS}; name one like recorded/node/db_unkdb")


def _commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what is measured, with a name for it; the file that is asked is made first."""
    ingest = [*CULPA, "ingest", str(folder / "recorded"), "--quiet", "--db"]
    subprocess.run([*ingest, str(folder / "asked.duckdb")], check=True)
    asked = ["--store", str(folder / "asked.duckdb")]
    yield BASELINE, [sys.executable, "-c", BASELINE]
    yield "culpa --version", [*CULPA, "--version"]
    yield "culpa --help", [*CULPA, "--help"]
    for name in sorted(point.name for point in entry_points(group="culpa.commands")):
        yield f"culpa {name} --help", [*CULPA, name, "--help"]
    yield "culpa store salvage --help", [*CULPA, "store", "salvage", "--help"]
    yield "culpa config", [*CULPA, "config"]
    yield "culpa snippet nginx", [*CULPA, "snippet", "nginx"]
    yield "culpa run true", [*CULPA, "run", "true"]
    yield "culpa ingest", [*ingest, str(folder / "made" / "new.duckdb")]
    yield "culpa verdicts", [*CULPA, "verdicts", *asked]
    yield "culpa problems", [*CULPA, "problems", *asked]
    yield "culpa sql", [*CULPA, "sql", "select count(*) from spans", *asked]


def _cpu_s(command: list[str], folder: Path) -> float:
    """Run a command in a folder without settings of anybody's; return the CPU seconds that it took."""
    shutil.rmtree(folder / "made", ignore_errors=True)
    (folder / "made").mkdir()
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    with subprocess.Popen(
        command, cwd=folder / "made", env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        told = process.stderr.read() if process.stderr else b""
        # Of this child alone, which the other ways to wait do not tell.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} ended with {process.returncode}: {told.decode()}")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
