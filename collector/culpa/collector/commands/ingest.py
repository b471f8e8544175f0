"""`culpa ingest PATH… --db FILE`: recorded files to one segment that is judged and ready to be asked."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from culpa.instrumentation.plain import visible
from culpa.instrumentation.shortly import spare_garbage
from culpa.knowledge import BadSaying, BadTable, check_own

if TYPE_CHECKING:
    from culpa.collector.recorded import Report
    from culpa.store import DuckDBStore


class StoreTrouble(click.ClickException):
    """The segment cannot be written, or not be judged."""

    exit_code = 2


@click.command("ingest", short_help="Read recorded telemetry and server logs into one file.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--db",
    "segment",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="Segment file to make or to extend.",
)
@click.option("--format", "format_name", help="Format of the server logs, where their content does not tell it.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was skipped.")
@click.option("--timezone", default="UTC", show_default=True, help="Zone of times written without one, or `local`.")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of weights to judge by, instead of those of this version  [CULPA_WEIGHTS].",
)
@click.option(
    "--knowledge",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own sayings and codes, before those of this version  [CULPA_KNOWLEDGE].",
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    paths: tuple[Path, ...],
    segment: Path,
    format_name: str | None,
    strict: bool,
    timezone: str,
    weights: Path | None,
    knowledge: Path | None,
    quiet: bool,
) -> int:
    """Read recorded files into one segment file and judge every failure in it.

    PATH is a file or a folder: exports of the OpenTelemetry Collector's file exporter (JSON lines or
    length-prefixed protobuf) and logs of web servers, plain, gzip or zstd. What cannot be read is counted and
    told on stderr, and the rest is kept. Reading a file twice adds nothing.

    Exit status: 0 all that is readable is stored; 1 with --strict if anything was skipped; 2 usage or store
    trouble.
    """
    began = time.monotonic()
    zone = _zone(timezone)
    spare_garbage()
    from culpa.collector.formats import by_name
    from culpa.collector.recorded import Intake, RecordedFiles, Report, files_under
    from culpa.store import DuckDBStore, StoreError
    from culpa.store.arrow_alone import leave_out_pandas
    from culpa.store.ledger import mark_of, wal_of

    try:
        wanted = by_name(format_name) if format_name else None
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _check_paths(paths)
    leave_out_pandas()
    report = Report(is_quiet=quiet)
    try:
        with (
            _judging_by(weights=weights, knowledge=knowledge),
            DuckDBStore(_segment_path(segment), writable=True) as store,
        ):
            intake = Intake(store, report)
            reader = RecordedFiles(intake, report, wanted=wanted, zone=zone)
            for path in files_under(paths, [segment, wal_of(segment), mark_of(segment)]):
                reader.read(path)
            intake.finish()
            failures = _judge(store, report)
            store.checkpoint()
    except StoreError as error:
        raise StoreTrouble(str(error)) from error
    if not quiet:
        click.echo(visible(_summary(report, failures, time.monotonic() - began, segment)), err=True)
    return 1 if strict and not report.is_clean else 0


def _zone(name: str) -> tzinfo | None:
    """Return the zone of that name; None is this machine's."""
    if name.lower() == "local":
        return None
    if name.upper() in {"UTC", "Z"}:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.UsageError(f"no time zone {name!r}; name one like Europe/Vienna, UTC or local") from error


def _check_paths(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not path.exists():
            raise click.UsageError(f"there is nothing at {path}")


def _segment_path(segment: Path) -> Path:
    if segment.is_dir():
        raise StoreTrouble(f"--db {segment} is a folder; name a file for the segment, such as {segment}/culpa.duckdb")
    return segment


@contextmanager
def _judging_by(**chosen: Path | None) -> Generator[None]:
    """Let settlers judge by a file of weights and a folder of knowledge.

    They are found by entry point and called with a store alone; the environment is how they hear of it.
    """
    wanted = {f"CULPA_{name.upper()}": str(path) for name, path in chosen.items() if path}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        check_own()
        yield
    except (BadSaying, BadTable) as error:
        raise click.UsageError(str(error)) from error
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _judge(store: "DuckDBStore", report: "Report") -> int | None:
    """Call all settlers for all failures; return the number of verdicts, None where nobody judges."""
    from importlib.metadata import entry_points

    from culpa.store import StoreError

    points = list(entry_points(group="culpa.settlers"))
    judged = False
    for point in points:
        try:
            settle = point.load()
        except ModuleNotFoundError as missing:
            report.note(f"settler {point.name} needs {missing.name}, which is not there; it judges nothing")
            continue
        try:
            settle(store, None)
        except StoreError:
            raise
        except Exception as error:
            raise StoreTrouble(
                f"everything was stored, but settler {point.name} failed: {type(error).__name__}: {error}; "
                "run the same command again when it is mended"
            ) from error
        judged = True
    if not judged:
        report.note("no settler is installed, so nothing is judged: pip install 'culpa[analysis]'")
        return None
    with store.cursor() as cursor:
        found = cursor.execute("select count(*) from segment.main.verdicts").fetchone()
    return int(found[0]) if found else 0


def _summary(report: "Report", failures: int | None, seconds: float, segment: Path) -> str:
    rows = report.rows
    parts = [
        f"{rows['spans']} spans",
        f"{rows['logs']} log records",
        f"{rows['access']} access lines",
        f"{rows['exceptions']} exceptions",
        *([f"{rows['metric_points']} metric points"] if rows["metric_points"] else []),
        *([f"{report.repeated} known already"] if report.repeated else []),
        "failures not judged" if failures is None else f"{failures} failures judged",
    ]
    skipped = report.skipped()
    text = f"{segment}: {', '.join(parts)} in {seconds:.1f} s"
    return f"{text}; skipped {skipped}" if skipped else text
