"""`%%culpa`: a cell of SQL over a store."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import duckdb
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

import culpa.analysis as ca
from culpa.store import Parameter, StoreError

_OPTION = re.compile(r"\s*--([a-z]+)(?:=|\s+)(\"[^\"]*\"|'[^']*'|\S+)")
_LIKE_AN_OPTION = re.compile(r"\s*(-{1,2}[A-Za-z][\w-]*)")
_FORMS = ("rows", "pandas", "polars", "arrow")
_NO_STORE = "name one behind --store: a segment file, a store directory, or http://… of a collector"


@dataclass(frozen=True)
class _Asked:
    """What the line says: where to ask, under which name and in which form the answer is wanted."""

    store: str = ""
    form: str = "rows"
    name: str = ""


@magics_class
class CulpaMagics(Magics):
    """The magics of culpa; they remember the store and the form that were named last."""

    def __init__(self, shell: Any) -> None:
        """Ask where `culpa.analysis.open` asks, until a line names a store."""
        super().__init__(shell)
        self._standing = _Asked()

    # Not expanded by IPython: values are bound, never pasted.
    @no_var_expand
    @line_cell_magic
    def culpa(self, line: str, cell: str | None = None) -> object:
        """Answer one SELECT over verdicts, problems, spans, exceptions, logs, access, changes and others.

            %%culpa --store culpa.duckdb --as polars --name slow
            select * from spans where duration_ns > $least

        `$least` is the value of the variable `least`.

        --store WHERE   a segment file, a store directory, `http://…` of a collector, or a variable that holds one of
                        these or an open session; it stays, for what is asked later
        --as FORM       rows, pandas, polars or arrow; it stays too
        --name NAME     put the answer into a variable of this name, instead of showing it

        `%culpa select …` asks in one line; `%culpa --store WHERE` only says where.
        """
        asked, rest = _read(line, self._standing)
        if cell is not None and rest:
            raise UsageError(f"{rest!r} stands behind %%culpa; write the query in the lines below")
        text = rest if cell is None else cell
        if not text.strip():
            if line.strip() and cell is None:
                self._standing = replace(asked, name="")
                return None
            raise UsageError("there is no query; write a SELECT behind %culpa, or in the lines below %%culpa")
        answer = self._answer(text, asked)
        # Only now: what was mistyped shall not stay.
        self._standing = replace(asked, name="")
        if not asked.name:
            return answer
        self._variables[asked.name] = answer
        return None

    @property
    def _variables(self) -> dict[str, Any]:
        names: dict[str, Any] = self.shell.user_ns  # type: ignore[union-attr, unused-ignore]  # there is a shell while a magic runs
        return names

    def _answer(self, text: str, asked: _Asked) -> object:
        try:
            with self._session(asked.store) as session:
                return _as(asked.form, session.sql(text, **_bound(text, self._variables)))
        except (StoreError, ca.MissingLibrary) as error:
            raise UsageError(" ".join(str(error).split())) from None

    def _session(self, store: str) -> AbstractContextManager[ca.Session]:
        held = self._variables.get(store) if store.isidentifier() else None
        if isinstance(held, ca.Session):
            return nullcontext(held)
        if held is not None and not isinstance(held, str | Path):
            raise UsageError(f"the variable {store} holds no store but a {type(held).__name__}; {_NO_STORE}")
        return ca.open(held or store or None)


def _read(line: str, standing: _Asked) -> tuple[_Asked, str]:
    """Return what the options in front say, and what stands behind them."""
    asked, at = standing, 0
    while found := _OPTION.match(line, at):
        name, value = found[1], found[2].strip("\"'")
        if name == "store":
            asked = replace(asked, store=value)
        elif name == "as":
            if value not in _FORMS:
                raise UsageError(f"--as {value} is no form; write {', '.join(_FORMS[:-1])} or {_FORMS[-1]}")
            asked = replace(asked, form=value)
        elif name == "name":
            if not value.isidentifier():
                raise UsageError(f"--name {value} is no name of a variable; write letters, digits and _")
            asked = replace(asked, name=value)
        else:
            break
        at = found.end()
    if odd := _LIKE_AN_OPTION.match(line, at):
        raise UsageError(f"there is no option {odd[1]} with that; write --store WHERE, --as FORM or --name NAME")
    return asked, line[at:].strip()


def _bound(text: str, variables: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the values of the query's `$names`. Errors: UsageError for one that is not set or of no use."""
    values: dict[str, Parameter] = {}
    for name in _names(text):
        if name not in variables:
            raise UsageError(f"the query asks for ${name}, and there is no variable {name}; set it in a cell before")
        value = variables[name]
        if not (value is None or isinstance(value, str | int | float | bool) or _is_texts(value)):
            raise UsageError(
                f"${name} holds a value of type {type(value).__name__}; "
                "a text, a number, true or false, or a list of texts can be bound"
            )
        values[name] = value
    return values


def _names(text: str) -> list[str]:
    try:
        return sorted({name for statement in duckdb.extract_statements(text) for name in statement.named_parameters})
    except duckdb.Error:
        return []  # whoever answers the query says what is wrong with it


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value))


def _as(form: str, rows: ca.Rows) -> object:
    if form == "rows":
        return rows
    if form == "arrow":
        return rows.arrow()
    return rows.df() if form == "pandas" else rows.pl()
