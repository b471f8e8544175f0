"""Give the same problem the same value, in every process, after every edit that only moves lines."""

import hashlib

from culpa.collector.exceptions.extent import MOST_OF_NAME
from culpa.instrumentation.patterns import late_pattern

_VARIABLE = late_pattern(
    r"\[(?:redacted|email|card|iban|ssn|private key)\]"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|0x[0-9a-fA-F]+"
    r"|(?<!\\)'(?:[^'\\\n]|\\.)*'|(?<!\\)\"(?:[^\"\\\n]|\\.)*\"|`[^`\n]*`"
    r"|(?<![A-Za-z0-9])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}(?![A-Za-z0-9])"
    r"|\d+(?:[.,:]\d+)*"
)
_SPACE = late_pattern(r"\s+")
# Generated parts of function names: Ruby's block depth, Java's lambdas, Python's <locals>.
_GENERATED = late_pattern(r"\$[\w$]{0,200}\d[\w$/]*|\(\d+ levels\)|0x[0-9a-f]+|\d+")


def fingerprint_of(origin_type: str, message: str, functions: tuple[str, ...]) -> str:
    """Return 16 hex of the origin's bare type, its normalised message and the in-app functions above it."""
    names = [_GENERATED.sub("", name[:MOST_OF_NAME]) for name in functions]
    seed = "\x1f".join([bare_type(origin_type), normalise(message), *names])
    return hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=8).digest().hex()


def normalise(message: str) -> str:
    """Replace what differs between two occurrences: numbers, ids, addresses, quoted values; first line only.

    Further lines are excerpts (LINE 1: …), details and hints.
    """
    first = message.strip().split("\n", 1)[0][:500]
    return _SPACE.sub(" ", _VARIABLE.sub("?", first)).strip().lower()


def bare_type(name: str) -> str:
    """Return a type without its module: log records often carry only that."""
    return name[max(name.rfind(mark, 0, -1) for mark in ".:\\/") + 1 :]
