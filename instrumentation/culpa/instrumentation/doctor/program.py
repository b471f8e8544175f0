"""Which command lines start a program that cannot be instrumented, or only in part."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from culpa.instrumentation.doctor.spot import Spot, blind, note

_PYTHON = re.compile(r"^(python|pypy)[\d.]*$")
_OTHER_TRACERS = {"ddtrace-run": "ddtrace", "newrelic-admin": "New Relic", "opentelemetry-instrument": "OpenTelemetry"}
_GREEN = re.compile(r"(^|[.:])(gevent|eventlet|meinheld)")


def interpreter(command: Sequence[str]) -> str:
    """Return the Python that runs a command, '' if it is not started by one (a binary, a shell script)."""
    program = shutil.which(command[0]) or ""
    if not program or _PYTHON.match(Path(program).name):
        return program
    try:
        with Path(program).open("rb") as file:
            first = file.readline(512)
    except OSError:
        return ""
    if not first.startswith(b"#!"):
        return ""
    words = first[2:].decode("utf-8", "replace").split()
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    found = words[0] if words else ""
    return (shutil.which(found) or "") if _PYTHON.match(Path(found).name) else ""


def check_command(command: Sequence[str], environ: Mapping[str, str]) -> list[Spot]:
    """Return what the command line itself hides."""
    name = Path(command[0]).name
    found = [*_flags(command), *_server(name, command, environ)]
    if name in _OTHER_TRACERS:
        says = f"it brings {_OTHER_TRACERS[name]} in as well: two tracers wrap the same functions"
        found.append(blind(name, says, "run the program itself under culpa run"))
    return found


def _flags(command: Sequence[str]) -> Iterator[Spot]:
    if not _PYTHON.match(Path(command[0]).name):
        return
    for argument in command[1:]:
        if not argument.startswith("-") or argument in ("-c", "-m"):
            return
        letters = set(argument[1:]) if not argument.startswith("--") else set[str]()
        for letter in sorted(letters & set("IES")):
            says = f"python -{letter} does not load what PYTHONPATH offers: the program runs untraced"
            yield blind(f"python -{letter}", says, f"leave -{letter} out")


def _server(name: str, command: Sequence[str], environ: Mapping[str, str]) -> Iterator[Spot]:
    text = " ".join(command)
    if name == "gunicorn":
        worker = _option(command, "-k", "--worker-class") or _option(environ.get("GUNICORN_CMD_ARGS", "").split(), "-k")
        if _GREEN.search(worker):
            says = f"the worker class {worker} replaces threads after the exporter's have started"
            yield blind(f"gunicorn -k {worker}", says, "use gthread or uvicorn workers, or try it first")
        if "--preload" in command:
            yield note(
                "gunicorn --preload", "instrumented before the fork; each worker reports under its own process id"
            )
    if name == "uwsgi" and "--enable-threads" not in text:
        yield blind("uwsgi", "without --enable-threads nothing is exported", "add --enable-threads --lazy-apps")
    if name == "uvicorn" and "--reload" in command:
        says = "while the program does not load, the parent keeps the port open: requests hang instead of being refused"
        yield note("uvicorn --reload", says, "leave it out in production")
    if "runserver" in command and "--noreload" not in command:
        yield note("runserver", "the reloader runs the program in a second process; both are instrumented")


def _option(arguments: Sequence[str], *names: str) -> str:
    for at, argument in enumerate(arguments):
        name, sign, value = argument.partition("=")
        if name in names:
            return value if sign else next(iter(arguments[at + 1 :]), "")
    return ""
