"""Write one piece of evidence as a SELECT, so that anybody can read it and run it again."""

from collections.abc import Mapping
from typing import Any

from culpa.analysis.pipeline.relations import read_by, relations
from culpa.analysis.pipeline.rules import Rule, named, rules
from culpa.analysis.pipeline.standing import of_one_trace
from culpa.analysis.plain import visible


class UnknownRule(ValueError):
    """There is no rule of that name in this version."""


def replay(rule_name: str, trace_id: str, request_span_id: str, *, whole: bool = False) -> str:
    """Return the SELECT of one rule, bound to one failed request.

    Shape: trace_id, request_span_id, and the fields of Evidence. It reads relations, which `culpa sql --trace` knows;
    with `whole` they are in the text, which a store and `POST /v1/sql` answer.
    Errors: UnknownRule, for evidence of an older version of the rules.
    """
    found = next((rule for rule in rules() if rule.name == rule_name), None)
    if found is None:
        raise UnknownRule(f"no rule {rule_name!r} in this version; judge the trace again with `culpa judge --again`")
    bound = f"where answer.trace_id = {literal(trace_id)} and answer.request_span_id = {literal(request_span_id)};\n"
    asked = f"-- {found.name}: {found.question}\n"
    if whole:
        return f"{asked}{of_one_trace(named((found,)), literal(trace_id))}\nselect answer.*\nfrom answer\n{bound}"
    return f"{asked}{_read(found, trace_id)}select answer.*\nfrom (\n{named((found,))}\n) as answer\n{bound}"


def replayed(verdict: Mapping[str, Any], *, whole: bool = False) -> str:
    """Return the SELECTs of all rules that gave evidence for a verdict, heaviest first, each once."""
    texts: list[str] = []
    for name in dict.fromkeys(one["rule"] for one in verdict["evidence"]):
        try:
            texts.append(replay(name, verdict["trace_id"], verdict["request_span_id"], whole=whole))
        except UnknownRule as error:
            texts.append(f"-- {visible(str(error))}\n")
    return "\n".join(texts)


def _read(rule: Rule, trace_id: str) -> str:
    """Return what the relations are that a rule reads, and how to run it, as comments."""
    read = read_by(named((rule,)))
    lines = [
        f"--   {one.name}: {one.sql.splitlines()[0].removeprefix('-- ')}" for one in relations() if one.name in read
    ]
    return "\n".join((f"-- Run it with: culpa sql --trace {visible(trace_id)} -", "-- It reads:", *lines, ""))


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    quoted = "'" + text.replace("'", "''") + "'"
    # Whoever reads the statement on a terminal is not steered by it, and it says the same.
    return quoted if visible(quoted) == quoted else " || ".join(f"chr({ord(letter)})" for letter in text)
