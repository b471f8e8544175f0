"""The SELECTs behind an answer, as text that can be run again. For reading only: what runs is bound."""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from culpa.analysis.plain import visible
from culpa.store import Parameter

_NAME = re.compile(r"\$([A-Za-z_]\w*)")


class Asked(Protocol):
    """One SELECT and the values it was given."""

    @property
    def sql(self) -> str:
        """Return the text with `$names`."""
        ...

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Return the values by name."""
        ...


def selects_text(asked: Iterable[Asked]) -> str:
    """Return the SELECTs in their order, their values written in, each ended by a semicolon."""
    return "\n".join(f"{_filled(one)};\n" for one in asked)


def _filled(one: Asked) -> str:
    # Comments name parameters too; those stay names.
    lines = one.sql.strip().splitlines()
    return "\n".join(
        line if line.startswith("--") else _NAME.sub(lambda m: _value(one, m), line) for line in lines
    )


def _value(one: Asked, match: re.Match[str]) -> str:
    return _literal(one.parameters[match[1]]) if match[1] in one.parameters else match[0]


def _literal(value: Parameter) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    quoted = visible(value).replace("'", "''")
    return f"'{quoted}'"
