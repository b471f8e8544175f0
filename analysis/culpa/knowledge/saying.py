"""One saying: what is written, by whom, about what, what it means, and a real sample of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from culpa.knowledge.causes import causes
from culpa.knowledge.topics import ELSE, Topic, topics

#: A pattern for one of these fields each; a topic hears some of them.
FIELDS = ("words", "type", "stack", "code", "status", "line", "module")
_NOT = "not_"
_KEYS = {*FIELDS, *(_NOT + field for field in FIELDS), "about", "means", "samples", "near", "source"}
#: Python's patterns have them, the engine's have not.
_NOT_OF_RE2 = re.compile(r"\(\?(?:[=!>(]|<[=!]|P=)|\\[1-9Z]|[*+?}]\+")


class BadSaying(ValueError):
    """An entry of the catalogue cannot be used."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text as the real thing prints it, by field."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Saying:
    """One entry. `patterns` and `not_patterns` are by field: all must match, and none of the others."""

    speaker: str
    about: str
    step: str
    patterns: Mapping[str, str]
    not_patterns: Mapping[str, str]
    samples: tuple[Sample, ...]
    near: tuple[Sample, ...]
    source: str
    is_own: bool = False

    @property
    def means(self) -> str:
        """Return the cause or the meaning; a user's own entry may mean what is no step of the topic."""
        step = topics()[self.about].step(self.step)
        return step.means if step else self.step


def read_saying(speaker: str, entry: Mapping[str, Any], *, is_own: bool = False) -> Saying:
    """Return an entry of a file as a saying. Errors: BadSaying, which says what to correct."""
    if strange := sorted(entry.keys() - _KEYS):
        raise BadSaying(f"{strange[0]!r} is no key of a saying; use one of {', '.join(sorted(_KEYS))}")
    about, step = entry.get("about", ""), entry.get("means", "")
    topic = topics().get(about)
    if topic is None:
        raise BadSaying(f"about = {about!r} is no topic; use one of {', '.join(topics())}")
    if not step or step == ELSE or not (topic.step(step) or (is_own and _is_cause_for(topic, step))):
        known = ", ".join(known.name for known in topic.steps)
        raise BadSaying(f"means = {step!r} is nothing that is asked about {about!r}; use one of {known}")
    patterns = {field: entry[field] for field in FIELDS if field in entry}
    if not patterns:
        raise BadSaying(f"an entry about {about!r} has no pattern; give one of {', '.join(FIELDS)}")
    not_patterns = {field: entry[_NOT + field] for field in FIELDS if _NOT + field in entry}
    if is_own:
        for pattern in (*patterns.values(), *not_patterns.values()):
            _check(pattern)
    return Saying(
        speaker,
        about,
        step,
        patterns,
        not_patterns,
        tuple(_sample(text) for text in entry.get("samples", ())),
        tuple(_sample(text) for text in entry.get("near", ())),
        entry.get("source", ""),
        is_own,
    )


def _is_cause_for(topic: Topic, means: str) -> bool:
    """Say whether a topic is one of causes, and this is a cause: a user may know one that has no step there."""
    return means in causes() and any(step.means in causes() for step in topic.steps)


def _check(pattern: object) -> None:
    """Refuse what the engine would refuse amid judging."""
    if not isinstance(pattern, str) or not pattern:
        raise BadSaying(f"a pattern is a text, not {pattern!r}")
    if "(?i)" in pattern[1:]:
        raise BadSaying(f"the pattern {pattern!r} has (?i) in its middle; it stands at the start, for all of it")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadSaying(f"the pattern {pattern!r} is no regular expression: {error}") from error
    if found := _NOT_OF_RE2.search(pattern):
        raise BadSaying(
            f"the pattern {pattern!r} has {found[0]!r}; look-around, back references and possessive signs are not known"
        )


def _sample(text: str | Mapping[str, str]) -> Sample:
    """Return a sample: a plain text, or one by field."""
    return Sample(fields_of(text) if isinstance(text, str) else dict(text))


def fields_of(text: str) -> dict[str, str]:
    """Return what a plain text is by field: an exception's `Type: message`, or a server's line."""
    kind, colon, _ = text.partition(": ")
    return {"words": text, "line": text, "type": kind if colon and " " not in kind else ""}
