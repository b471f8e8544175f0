"""Find the value of every setting: flag, else environment, else culpa.toml, else default."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from culpa.collector.settings._list import Entry, Settings, Value, entries

#: The file that is read when neither --config nor CULPA_CONFIG names one, if it is there.
DEFAULT_FILE = "culpa.toml"

_SWITCH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

#: What a word in the place of a number means; `grpc_port = "off"` reads better than 0.
_OFF = {"off": 0}

#: `flag --http-port`, `environment CULPA_HTTP_PORT`, `culpa.toml`, `default`.
Origin = str


class SettingError(ValueError):
    """A setting has the wrong type or a name that does not exist. The message is one line for people."""


@dataclass(frozen=True)
class Resolved:
    """The settings and, by name, where each value came from."""

    settings: Settings
    origins: Mapping[str, Origin]


def resolve(
    flags: Mapping[str, object], *, environ: Mapping[str, str] | None = None, config: str | None = None
) -> Resolved:
    """Return every setting with its origin. `flags` holds only what was typed.

    Errors: SettingError for a wrong type, an unknown key, or a named file that cannot be read.
    """
    environ = os.environ if environ is None else environ
    file, table = _read_file(config or environ.get("CULPA_CONFIG"))
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for entry in entries():
        variable = f"CULPA_{entry.name.upper()}"
        if entry.name in flags:
            origin, raw = f"flag --{entry.name.replace('_', '-')}", flags[entry.name]
        elif environ.get(variable, "") != "":
            origin, raw = f"environment {variable}", environ[variable]
        elif entry.name in table:
            origin, raw = file, table[entry.name]
        else:
            origins[entry.name] = "default"
            continue
        values[entry.name] = _convert(entry, raw, origin)
        origins[entry.name] = origin
    return Resolved(Settings(**values), origins)


def _read_file(named: str | None) -> tuple[str, dict[str, Any]]:
    path = Path(named or DEFAULT_FILE)
    if not named and not path.exists():
        return "", {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(f"cannot read the settings file {path}: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{path} is not TOML: {error}") from error
    known = {entry.name for entry in entries()}
    for key in table:
        if key not in known:
            raise SettingError(f"{path} has the unknown setting {key!r}; `culpa config` lists those that exist")
    return str(path), table


def _convert(entry: Entry, raw: object, origin: Origin) -> Value:
    kind = type(entry.default)
    try:
        value: Value = _CONVERTERS[kind](raw)
    except (ValueError, TypeError, KeyError):
        shown = "***" if entry.is_secret else repr(raw)
        raise SettingError(f"{entry.name} must be {_KINDS[kind]}, got {shown} from {origin}") from None
    if isinstance(value, int | float) and not isinstance(value, bool) and not entry.least <= value <= entry.most:
        bounds = f"{entry.least:.16g} to {entry.most:.16g}"
        raise SettingError(f"{entry.name} must be within {bounds}, got {value} from {origin}")
    return value


def _as_text(raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _as_number(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise TypeError
    return _OFF[raw.lower()] if isinstance(raw, str) and raw.lower() in _OFF else int(raw)


def _as_seconds(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise TypeError
    value = float(raw)
    if value != value or value == float("inf"):
        raise ValueError
    return value


def _as_switch(raw: object) -> bool:
    return raw if isinstance(raw, bool) else _SWITCH[_as_text(raw).strip().lower()]


def _as_several(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if not isinstance(raw, list | tuple):
        raise TypeError
    return tuple(_as_text(part) for part in raw)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - each part is checked


_CONVERTERS: dict[type, Callable[[object], Value]] = {
    str: _as_text,
    int: _as_number,
    float: _as_seconds,
    bool: _as_switch,
    tuple: _as_several,
}
_KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number of seconds",
    bool: "true or false",
    tuple: "a list of texts",
}
