"""Read from a command line which module of the user's it runs."""

import re
from collections.abc import Mapping
from pathlib import Path

_TARGET = re.compile(r"^(?P<module>[A-Za-z_][\w.]*)(:[A-Za-z_][\w.]*(\(.*\))?)?$")
_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE['\"]\s*,\s*['\"]([\w.]+)['\"]")
_PYTHON = re.compile(r"^(python|pypy)[\d.]*$")
#: Programs that serve a `module:attribute` given on their command line.
_SERVERS = frozenset(("uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve"))
_PROGRAMS = _SERVERS | {"flask", "celery", "fastapi"}
_APP_OPTIONS = ("--app", "-A")


def target(command: list[str], folder: Path, environ: Mapping[str, str]) -> str:
    """Return the dotted module that a command runs, '' if it does not say."""
    if command and _PYTHON.match(Path(command[0]).name):
        module, command = _after_interpreter(command[1:])
        if module and module not in _PROGRAMS:
            return module
        command = [module, *command] if module else command
    if not command:
        return ""
    program, arguments = Path(command[0]).name, command[1:]
    if program in _SERVERS:
        return _served(arguments)
    if program == "flask":
        return _option(arguments) or environ.get("FLASK_APP", "").removesuffix(".py")
    if program == "celery":
        return _option(arguments)
    if program == "manage.py":
        return _django(folder / command[0])
    if program == "fastapi":
        files = [argument.removesuffix(".py") for argument in arguments if argument.endswith(".py")]
        return files[0].strip("./").replace("/", ".") if files else ""
    return program.removesuffix(".py") if program.endswith(".py") else ""


def _after_interpreter(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the module given with -m, or '', and then the script or the module's arguments."""
    for at, argument in enumerate(arguments):
        if argument == "-m":
            return (arguments[at + 1], arguments[at + 2 :]) if at + 1 < len(arguments) else ("", [])
        if argument == "-c":
            return "", []
        if not argument.startswith("-"):
            return "", arguments[at:]
    return "", []


def _served(arguments: list[str]) -> str:
    with_attribute = [argument for argument in arguments if ":" in argument and _TARGET.match(argument)]
    # gunicorn's `module` alone comes last by custom; anywhere else it could be an option's value.
    found = _TARGET.match((with_attribute or arguments[-1:] or [""])[0])
    return found["module"] if found else ""


def _option(arguments: list[str]) -> str:
    for at, argument in enumerate(arguments):
        name, sign, value = argument.partition("=")
        if name in _APP_OPTIONS:
            value = value if sign else next(iter(arguments[at + 1 :]), "")
            return value.partition(":")[0].removesuffix(".py").strip("./").replace("/", ".")
    return ""


def _django(manage: Path) -> str:
    """Return the package of the settings that a manage.py names."""
    try:
        found = _SETTINGS.search(manage.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return found[1] if found else ""
