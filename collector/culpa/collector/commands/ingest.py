"""`culpa ingest PATH… --db FILE`: recorded files to one segment that is judged and ready to be asked."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, nullcontext
from datetime import UTC, tzinfo
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from culpa.instrumentation.offers import offered
from culpa.instrumentation.plain import visible
from culpa.instrumentation.shortly import spare_garbage
from culpa.knowledge import BadSaying, BadTable, check_own, chosen
from culpa.store import use_arrow_alone

if TYPE_CHECKING:
    from culpa.collector.formats import Format
    from culpa.collector.recorded import Report
    from culpa.store import DuckDBStore


#: To share out so little among threads costs more CPU than it spares time.
_FEW_BYTES = 4 * 1024 * 1024


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
@click.option(
    "--timezone",
    help="Zone of times written without one, or `local`; else that of the file's other times or of the access logs "
    "beside, or UTC.",
)
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
@click.option(
    "--formats",
    "own_formats",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own log formats, asked before those of this version  [CULPA_FORMATS].",
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    paths: tuple[Path, ...],
    segment: Path,
    format_name: str | None,
    strict: bool,
    timezone: str | None,
    weights: Path | None,
    knowledge: Path | None,
    own_formats: Path | None,
    quiet: bool,
) -> int:
    """Read recorded files into one segment file and judge every failure in it.

    PATH is a file or a folder: exports of the OpenTelemetry Collector's file exporter (JSON lines or
    length-prefixed protobuf), traces as Jaeger, Zipkin, Tempo and others write them, and logs of servers and
    apps, as they are or as Docker, Kubernetes, the journal and others hand them out, plain or compressed. What
    cannot be read is counted and shown on stderr, and the rest is kept. Reading a file twice adds nothing.

    Exit status: 0 all that is readable is stored; 1 if nothing was readable, with --strict if anything was
    skipped; 2 usage or store trouble.
    """
    began = time.monotonic()
    zone = _zone(timezone or "UTC")
    _check_paths(paths)
    spare_garbage()
    use_arrow_alone()
    from culpa.collector.recorded import Gathering, RecordedFiles, Report, beside, files_under
    from culpa.store import DuckDBStore, StoreError, mark_of, wal_of

    report = Report(is_quiet=quiet)
    try:
        with (
            _judging_by(weights=weights, knowledge=knowledge, formats=own_formats),
            nullcontext(_named(format_name)) as wanted,
            DuckDBStore(_segment_path(segment), writable=True, threads=_threads(paths, segment)) as store,
        ):
            gathering = Gathering(store, report)
            files = list(files_under(paths, [segment, wal_of(segment), mark_of(segment)]))
            reader = RecordedFiles(
                gathering, report, wanted=wanted, zone=zone, is_zone_given=timezone is not None, beside=beside(files)
            )
            for path in files:
                reader.read(path)
            reader.finish()
            gathering.finish()
            failures = _judge(store, report)
            table = "" if quiet else report.table(_of_requests(store, report))
            store.checkpoint()
    except StoreError as error:
        raise StoreTrouble(str(error)) from error
    if not quiet:
        for line in table.split("\n") if table else ():
            click.echo(visible(line), err=True)
        click.echo(visible(_summary(report, failures, time.monotonic() - began, segment)), err=True)
    return 1 if report.is_in_vain or (strict and not report.is_clean) else 0


def _named(format_name: str | None) -> "Format | None":
    """Return the format of that name, None where none is named; those of the user's own folder are known by now."""
    from culpa.collector.formats import by_name, formats

    try:
        formats()
        return by_name(format_name) if format_name else None
    except ValueError as error:
        raise click.UsageError(str(error)) from error


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


def _threads(paths: Iterable[Path], segment: Path) -> int | None:
    """Return how many threads the engine should have, None for one on each core: for little data one is cheaper."""
    from culpa.collector.recorded import files_under

    # A segment that is none is told of when it is opened.
    sizes = (path.stat().st_size for path in chain([segment], files_under(paths)) if path.is_file())
    # Of a folder with much data no more files are looked at than it takes to know that.
    return None if any(total > _FEW_BYTES for total in accumulate(sizes)) else 1


@contextmanager
def _judging_by(**places: Path | None) -> Generator[None]:
    """Let settlers judge by a file of weights and a folder of knowledge, and readers know a folder of formats."""
    with chosen({f"CULPA_{name.upper()}": path for name, path in places.items()}):
        try:
            check_own()
            yield
        except (BadSaying, BadTable) as error:
            raise click.UsageError(str(error)) from error


def _judge(store: "DuckDBStore", report: "Report") -> int | None:
    """Call all settlers for all failures; return the number of verdicts, None where nobody judges."""
    from culpa.store import StoreError

    judged = False
    for point in offered("culpa.settlers"):
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


def _of_requests(store: "DuckDBStore", report: "Report") -> frozenset[str]:
    """Return which of the log records that were read bear a trace id, or have a verdict rest on them."""
    import pyarrow as pa

    read = [log_id for sheet in report.sheets for log_id in sheet.log_ids]
    if not read:
        return frozenset()
    with store.cursor() as cursor:
        # Of these only: the store may hold the logs of months.
        cursor.register("read_now", pa.table({"log_id": pa.array(read, pa.string())}))
        rows = cursor.execute(
            "select l.log_id from segment.data.logs as l semi join read_now as r on l.log_id = r.log_id "
            "where l.trace_id <> '' union "
            "select c.log_id from (select substr(e.source, 5) as log_id from "
            "(select unnest(evidence) as e from segment.main.verdicts) where starts_with(e.source, 'log:')) as c "
            "semi join read_now as r on c.log_id = r.log_id"
        ).fetchall()
        cursor.unregister("read_now")
    return frozenset(str(log_id) for (log_id,) in rows)


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
