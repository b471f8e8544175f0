"""`culpa run -- COMMAND`: start a Python program with tracing in it, its code unchanged."""

import os
import shutil
from pathlib import Path

import click

from culpa.instrumentation.surroundings.environment import apply_defaults, note, reveal

#: Holds the sitecustomize.py that Python loads at start when the folder is on PYTHONPATH.
SITE = Path(__file__).parents[1] / "site"


@click.command(
    "run",
    short_help="Run a Python program with tracing in it.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--service", metavar="NAME", help="Name of the service (default: found from the command).")
@click.option("--endpoint", metavar="URL", help="Where the collector listens (default: http://127.0.0.1:4318).")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, service: str | None, endpoint: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND (uvicorn, gunicorn, flask, python …) so that its failures reach the collector.

    Every OTEL_* variable that is set keeps its standard meaning. The command's exit status is passed on.
    """
    if not command:
        raise click.UsageError("no command given; for example: culpa run -- uvicorn shop.app:app", ctx)
    program = shutil.which(command[0])
    if program is None:
        raise _CannotStart(f"cannot run {command[0]}: no such program on PATH; check its name, or give its path")
    environ = dict(os.environ)
    reveal(environ)
    if service:
        environ["OTEL_SERVICE_NAME"] = service
    if endpoint:
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    apply_defaults(environ, command, Path.cwd())
    note(environ, os.environ)
    _warn(command, environ)
    environ["PYTHONPATH"] = with_site(environ.get("PYTHONPATH", ""))
    try:
        os.execve(program, list(command), environ)  # noqa: S606  # no shell on purpose
    except OSError as error:
        raise _CannotStart(f"cannot run {program}: {error.strerror}; is it a program with a #! line?") from error


def _warn(command: tuple[str, ...], environ: dict[str, str]) -> None:
    """Say in one line what command and settings hide; of versions and the collector the program itself speaks."""
    from culpa.instrumentation.doctor.program import check_command
    from culpa.instrumentation.doctor.settings import check_settings
    from culpa.instrumentation.doctor.spot import Level

    spots = [*check_command(command, environ), *check_settings(environ)]
    blind = [spot.about for spot in spots if spot.level is Level.BLIND]
    if blind:
        listed = ", ".join(blind)
        click.echo(f"culpa: blind spots: {listed}; `culpa doctor -- {command[0]} …` says what to do", err=True)


def with_site(python_path: str) -> str:
    """Return a PYTHONPATH that starts with our sitecustomize, once."""
    rest = [part for part in python_path.split(os.pathsep) if part and part != str(SITE)]
    return os.pathsep.join([str(SITE), *rest])


class _CannotStart(click.ClickException):
    exit_code = 2
