"""Write one piece of evidence as a SELECT that stands on its own, so that anybody can run it again."""

from collections.abc import Mapping
from typing import Any

from culpa.analysis.pipeline import Relation, read_by, relations
from culpa.analysis.plain import visible
from culpa.analysis.rules import rules


class UnknownRule(ValueError):
    """There is no rule of that name in this version."""


def replay(rule_name: str, trace_id: str, request_span_id: str) -> str:
    """Return the SELECT of one rule, its inputs as common table expressions, bound to one failed request.

    Shape: the columns of every rule; see docs/rules.md. Runs on a store and on `POST /v1/sql`.
    Errors: UnknownRule, for evidence of an older version of the rules.
    """
    found = next((rule for rule in rules() if rule.name == rule_name), None)
    if found is None:
        raise UnknownRule(f"no rule {rule_name!r} in this version; judge the trace again with `culpa judge --again`")
    inputs = [f"wanted as (\n    select {_literal(trace_id)} as trace_id\n)"]
    inputs += [f"{one.name} as (\n{_indented(one.sql.replace('$since_ns', '0'))}\n)" for one in _needed(found.sql)]
    bound = ",\n".join(inputs)
    return (
        f"-- {found.name}: {found.question}\n"
        f"with recursive {bound}\n"
        f"select e.*\nfrom (\n{_indented(found.sql)}\n) as e\n"
        f"where e.trace_id = {_literal(trace_id)} and e.request_span_id = {_literal(request_span_id)};\n"
    )


def replayed(verdict: Mapping[str, Any]) -> str:
    """Return the SELECTs of all rules that gave evidence for a verdict, heaviest first, each once."""
    texts: list[str] = []
    for name in dict.fromkeys(one["rule"] for one in verdict["evidence"]):
        try:
            texts.append(replay(name, verdict["trace_id"], verdict["request_span_id"]))
        except UnknownRule as error:
            texts.append(f"-- {visible(str(error))}\n")
    return "\n".join(texts)


def _needed(sql: str) -> list[Relation]:
    """Return the relations that a text reads, directly or through others, in the order in which they are made."""
    wanted = set(read_by(sql))
    needed: list[Relation] = []
    for relation in reversed(relations()):
        if relation.name in wanted:
            needed.insert(0, relation)
            wanted |= relation.reads
    return needed


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())


def _literal(text: str) -> str:
    quoted = "'" + text.replace("'", "''") + "'"
    # Whoever reads the statement on a terminal is not steered by it, and it says the same.
    return quoted if visible(quoted) == quoted else " || ".join(f"chr({ord(letter)})" for letter in text)
