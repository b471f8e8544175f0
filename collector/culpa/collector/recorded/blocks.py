"""Entries of a log as YAML: what `gcloud logging read` prints unless it is told otherwise.

Of YAML no more is read than such a tool writes: mappings and lists by their indentation, plain and quoted words.
"""

import re
from collections.abc import Iterator
from typing import cast

import msgspec

_Value = str | dict[str, "_Value"] | list["_Value"]
_KEY = re.compile(r"(?P<indent> *)(?P<dash>(?:- )*)(?P<key>[\w./@-]{1,200}|'[^']{1,200}'):(?: (?P<value>.*))?$")
_TEXT = re.compile(r"[|>][+-]?$")


def is_entries(head: bytes) -> bool:
    """Say whether a file begins as such entries."""
    begin = head.lstrip()
    return begin.startswith(b"---\n") and b"\nlogName: " in begin


def entries_of(body: bytes) -> Iterator[bytes]:
    """Yield the entries, each as a JSON object and a line."""
    for part in re.split(r"(?m)^---$", body.decode("utf-8", "replace")):
        lines = [line.rstrip() for line in part.split("\n") if line.strip()]
        entry, rest = _mapping(lines, 0) if lines else ({}, [])
        if entry and not rest:
            yield msgspec.json.encode(entry) + b"\n"


def _mapping(lines: list[str], indent: int) -> tuple[dict[str, _Value], list[str]]:
    """Read a mapping whose keys stand so deep; return it and the lines behind it."""
    found: dict[str, _Value] = {}
    while lines and (key := _KEY.match(lines[0])) and len(key["indent"]) == indent and not key["dash"]:
        value, lines = _value(key["value"] or "", lines[1:], indent)
        found[key["key"].strip("'")] = value
    return found, lines


def _value(written: str, lines: list[str], indent: int) -> tuple[_Value, list[str]]:
    deeper = next((at for at, line in enumerate(lines) if _depth(line) <= indent), len(lines))
    if _TEXT.match(written):
        return "\n".join(line.strip() for line in lines[:deeper]), lines[deeper:]
    if written:
        # Long words go on below, deeper than their key.
        return _word(" ".join([written, *(line.strip() for line in lines[:deeper])])), lines[deeper:]
    items = next((at for at, line in enumerate(lines) if not line.startswith(f"{' ' * indent}- ")), len(lines))
    if items:
        listed = cast("list[_Value]", [_word(line.strip()[2:]) for line in lines[:items]])
        return listed, lines[items:]
    if not deeper:
        return "", lines
    held, rest = _mapping(lines[:deeper], _depth(lines[0]))
    return (held, lines[deeper:]) if not rest else ("", lines[deeper:])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _word(written: str) -> str:
    quote = written[:1]
    if quote in ("'", '"') and written.endswith(quote) and len(written) > 1:
        inner = written[1:-1]
        return inner.replace("''", "'") if quote == "'" else inner.replace('\\"', '"').replace("\\\\", "\\")
    return written
