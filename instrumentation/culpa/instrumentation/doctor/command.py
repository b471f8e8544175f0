"""`culpa doctor`: what would stay unseen of a command, a server or a collector, and what to do about it."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import click

from culpa.instrumentation.doctor.program import check_command, interpreter
from culpa.instrumentation.doctor.spot import Level, Spot, blind, note
from culpa.instrumentation.offers import offered
from culpa.instrumentation.plain import visible, visible_lines
from culpa.instrumentation.snippets import Unreadable, check
from culpa.instrumentation.surroundings.environment import apply_defaults

_TIMEOUT_S = 60


@click.command(
    "doctor",
    short_help="Say what would stay unseen, and what to do.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--endpoint", metavar="URL", help="Where the collector listens (default: http://127.0.0.1:4318).")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND… | SYSTEM FILE | collector [URL]]")
@click.pass_context
def command(ctx: click.Context, endpoint: str | None, words: tuple[str, ...]) -> int:
    """Say which failures of COMMAND would stay unseen under `culpa run`, or what SYSTEM's FILE or a collector lacks.

    For example: `culpa doctor -- uvicorn shop.app:app`, `culpa doctor nginx /etc/nginx/nginx.conf`, `culpa doctor
    collector https://culpa.example:4318`; without an address, the settings of one that is to be started here.

    Nothing is started; the collector is asked whether it answers. Exit status: 0 all is seen, 1 there is a blind
    spot or something is wrong, 2 usage.
    """
    if not words:
        raise click.UsageError("nothing to look at; for example: culpa doctor -- uvicorn shop.app:app", ctx)
    if looks := offered("culpa.doctors", words[0]):
        return _look_at(next(iter(looks)), words[1:])
    if _is_system(words):
        return _check_file(*words)
    return _check_command(words, endpoint)


def _is_system(words: Sequence[str]) -> bool:
    """Tell `nginx /etc/nginx/nginx.conf` from a command: no program is run with a configuration alone."""
    from culpa.instrumentation.snippets import checkable

    return len(words) == 2 and words[0] in checkable()


def _look_at(point: EntryPoint, words: Sequence[str]) -> int:
    """Hand over to the room that knows what it is. Errors: _NoAnswer."""
    try:
        lines, status = point.load()(words)
    except ModuleNotFoundError as missing:
        raise _NoAnswer(
            f"culpa doctor {point.name} needs {missing.name}: pip install 'culpa[{point.name}]'"
        ) from missing
    except ValueError as error:
        raise _NoAnswer(str(error)) from error
    for line in lines:
        click.echo(visible_lines(line))
    return int(status)


def _check_file(system: str, path: str) -> int:
    try:
        found = check(system, path)
    except Unreadable as error:
        raise _NoAnswer(str(error)) from error
    for finding in found:
        click.echo(visible_lines(str(finding)))
    if not found:
        click.echo(f"{visible(path)}: {system} is a good witness")
    return int(bool(found))


def _check_command(words: Sequence[str], endpoint: str | None) -> int:
    from culpa.instrumentation.doctor.reach import check_collector
    from culpa.instrumentation.doctor.settings import check_settings

    if shutil.which(words[0]) is None:
        raise _NoAnswer(f"cannot look at {words[0]}: no such program on PATH; check its name, or give its path")
    environ = dict(os.environ)
    if endpoint:
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    apply_defaults(environ, words, Path.cwd())
    python = interpreter(words)
    seen, spots = _look(python) if python else ([], [_foreign(words[0])])
    spots = [*check_command(words, environ), *check_settings(environ), *spots, check_collector(environ)]
    click.echo(visible(f"command    {shlex.join(words)}"))
    click.echo(f"python     {python or '-'}")
    click.echo(visible(f"service    {environ.get('OTEL_SERVICE_NAME', 'unknown_service')}"))
    if seen:
        click.echo(f"seen       {', '.join(seen)}")
    for spot in sorted(spots, key=lambda one: list(Level).index(one.level), reverse=True):
        click.echo(visible_lines(_line(spot)))
    blinds = sum(spot.level is Level.BLIND for spot in spots)
    click.echo(f"{blinds} blind spot{'s' * (blinds != 1)}" if blinds else "no blind spot")
    return int(blinds > 0)


def _line(spot: Spot) -> str:
    todo = f"\n           do: {spot.todo}" if spot.todo else ""
    return f"{spot.level:<10} {spot.about}: {spot.says}{todo}"


def _foreign(program: str) -> Spot:
    says = "it is not started by Python; only Python programs that it starts in turn are traced"
    todo = "name the Python command itself; for other languages see: culpa snippet"
    return note(program, says, todo) if _is_script(program) else blind(program, says, todo)


def _is_script(program: str) -> bool:
    """Tell a shell script, which may well end in a Python program, from a binary."""
    try:
        with Path(shutil.which(program) or program).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _look(python: str) -> tuple[list[str], list[Spot]]:
    """Ask the program's own interpreter what it has; it may be another than ours."""
    module = "culpa.instrumentation.doctor.libraries"
    asked = subprocess.run(
        [python, "-P", "-m", module, str(Path.cwd())], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["no message"])[-1]
        says = f"it cannot load the instrumentation ({last}): the program runs untraced"
        return [], [blind(python, says, f"{python} -m pip install culpa")]
    answer = json.loads(asked.stdout)
    return answer["seen"], [Spot(Level(level), *texts) for level, *texts in answer["spots"]] + _of_version(python)


def _of_version(python: str) -> list[Spot]:
    asked = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 12))"],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if asked.stdout.strip() == "True":
        return []
    says = "an exception that the program itself catches before it answers 5xx is seen from Python 3.12 on only"
    return [note("python", says)]


class _NoAnswer(click.ClickException):
    exit_code = 2
