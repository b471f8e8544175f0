"""What a question is about: which traces, since when, whether it reads more than verdicts. No store, no network."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from culpa.store import Parameter

_TRACE = re.compile(r"(?<![0-9a-fA-F:])[0-9a-fA-F]{32}(?![0-9a-fA-F])")
#: Stands in the header of each question of ours.
_OURS = "-- params:"
_BEGINNING = re.compile(r"[0-9a-f]{8,31}")
_ROWS = re.compile(r"\b(?:spans|logs|exceptions|access|resources)\b", re.IGNORECASE)
_VERDICTS = re.compile(r"\b(?:failures|verdicts|verdict_revisions)\b", re.IGNORECASE)
_PROBLEMS = re.compile(r"\b(?:problems|problem_rows)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be here before a question is answered."""

    since_ns: int  # 0 where it does not say
    trace_ids: tuple[str, ...]
    beginning: str  # of the id of a trace
    has_rows: bool  # of all that failed in its time, beside their verdicts
    has_problems: bool


def wanted(sql: str, parameters: Mapping[str, Parameter] | None) -> Wanted:
    """Return what a question is about.

    A trace is meant where its whole id stands in the text or is a value; a time where a value has the name `since_ns`.
    """
    given = parameters or {}
    since = given.get("since_ns")
    traces = tuple(dict.fromkeys(found.lower() for text in (sql, *_texts(given)) for found in _TRACE.findall(text)))
    lowest = given.get("lowest")
    beginning = lowest if isinstance(lowest, str) and _BEGINNING.fullmatch(lowest) else ""
    is_of_traces = bool(traces or beginning or "trace_ids" in given)
    # Ours about one failure read rows of others to compare alone, those of verdicts for the filter by release.
    is_wide = _OURS not in sql or bool(given.get("release")) or ("since_ns" in given and not _VERDICTS.search(sql))
    return Wanted(
        since if isinstance(since, int) and since > 0 else 0,
        traces,
        beginning,
        bool(_ROWS.search(sql)) and is_wide and not is_of_traces,
        bool(_PROBLEMS.search(sql)),
    )


def _texts(parameters: Mapping[str, Parameter]) -> Iterator[str]:
    for value in parameters.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from value
