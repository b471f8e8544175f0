"""The registry of evidence rules: one SQL file each, found by listing the folder, and those that a table says.

A rule's header names its question in the first line and its kind (`-- kind: direct`) in the second.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from culpa.analysis.pipeline.header import idle_without
from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.relations import STORED, relations, texts
from culpa.analysis.pipeline.web_rules import web_rules
from culpa.analysis.pipeline.weights_file import weights_name, weights_text
from culpa.knowledge import own_folder

_KIND = re.compile(r"^-- kind: ([a-z]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One evidence rule: its name (the file's), question, kind and SELECT.

    Shape: where one of the relations `idle_without` is empty, it finds nothing.
    """

    name: str
    question: str
    kind: str
    sql: str
    idle_without: frozenset[str]


class BadRule(Exception):
    """A rule's file lacks its header, or names what is no relation."""


def rules() -> tuple[Rule, ...]:
    """Return every rule, by name. Errors: BadRule when a file has no question or no kind; as for `relations`."""
    return _rules(own_folder())


@cache
def _rules(own: Path | None) -> tuple[Rule, ...]:
    return tuple(_rule(name, text) for name, text in sorted(_texts(own)))


@cache
def named(chosen: tuple[Rule, ...]) -> str:
    """Return one SELECT of what these rules see, with layer and component; '' of no rule.

    Shape: trace_id, request_span_id, and the fields of Evidence.
    """
    seen = "\nunion all by name\n".join(f"select '{one.name}' as rule, r.* from (\n{one.sql}\n) as r" for one in chosen)
    return f"with seen as (\n{seen}\n)\nselect n.* from (\n{question('named')}\n) as n" if chosen else ""


def rules_version() -> str:
    """Return 12 hex digits that change when any rule, relation or weight does."""
    return _version(weights_name(), own_folder())


@cache
def _version(weights: str, own: Path | None) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for name, text in (*_texts(own), *((one.name, one.sql) for one in relations())):
        digest.update(f"{name}\0{text}\0".encode())
    digest.update(weights_text(weights).encode())
    return digest.hexdigest()


@cache
def _texts(_own: Path | None) -> tuple[tuple[str, str], ...]:
    return (*((name, text) for _, name, text in texts("rules")), *web_rules())


def _rule(name: str, text: str) -> Rule:
    kind = _KIND.search(text)
    first = text.splitlines()[0] if text else ""
    if not kind or not first.startswith("-- "):
        raise BadRule(f"rules/{name}.sql must begin with '-- question?' and '-- kind: …'; add both lines")
    without = idle_without(text)
    if strange := without - {relation.name for relation in relations()} - STORED:
        raise BadRule(
            f"rules/{name}.sql is idle without {sorted(strange)[0]!r}, which is no relation; correct the name"
        )
    return Rule(name, first[3:], kind[1], text, without)
