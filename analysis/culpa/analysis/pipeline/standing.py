"""SELECTs that read relations of the pipeline, as texts that stand on their own: what they read is in the text."""

import re
from collections.abc import Iterable

from culpa.analysis.pipeline.relations import Relation, read_by, relations

_WANTED_TRACES = "select unnest($trace_ids) as trace_id"
#: What is read only from `$from_ns` to `$to_ns`, and which column is its time. What has no time is always read.
_TIMES = {"spans": "start_time", "access": "start_time", "exceptions": '"time"', "logs": '"time"'}
#: Which relations are known to hold nothing for these traces: to plan them would take longer than all else.
_EMPTY = re.compile(r"^-- empty: (.+)$", re.MULTILINE)
_OF_STORE = re.compile(rf"\b(from|join) ({'|'.join(_TIMES)})\b")


def of_traces(sql: str) -> str:
    """Return a SELECT without `with`, with the relations that it reads, of the traces in `$trace_ids`.

    Of the store only what happened between `$from_ns` and `$to_ns` is read: without bounds each of the relations would
    go through all of it.
    """
    said = _EMPTY.search(sql)
    empty = frozenset(said[1].split(", ")) if said else frozenset[str]()
    text = _OF_STORE.sub(r"\1 near_\2", f"{_with(read_by(sql), _WANTED_TRACES, empty)}\n{sql}")
    return text.replace("with recursive ", f"with recursive {_near(text)}", 1)


def _near(text: str) -> str:
    """Return what is near in time as tables; not materialized, as of most columns nobody wants to know."""
    return "".join(
        f"near_{name} as not materialized (\n    select * from {name} as n\n"
        f"    where (n.{time} >= make_timestamp_ns($from_ns) and n.{time} <= make_timestamp_ns($to_ns))"
        f" or n.{time} <= make_timestamp_ns(0)\n),\n"
        for name, time in _TIMES.items()
        if f" near_{name}" in text
    )


def of_one_trace(sql: str, trace_id_literal: str) -> str:
    """Return any SELECT, named `answer`, behind the relations that it reads, of one trace."""
    bound = _with(read_by(sql), f"select {trace_id_literal} as trace_id")
    return f"{bound}\n, answer as (\n{_indented(sql)}\n)"


def needed(names: Iterable[str], empty: frozenset[str] = frozenset()) -> list[Relation]:
    """Return these relations and all that they read, also through others, in the order in which they are made.

    Of `empty` ones, and of those that are idle without them, it does not matter what they read.
    """
    wanted = set(names)
    found: list[Relation] = []
    for relation in reversed(relations()):
        if relation.name in wanted:
            found.insert(0, relation)
            wanted |= frozenset[str]() if _is_empty(relation, empty) else relation.reads
    return found


def _is_empty(relation: Relation, empty: frozenset[str]) -> bool:
    return relation.name in empty or not empty.isdisjoint(relation.idle_without)


def _with(names: Iterable[str], wanted: str, empty: frozenset[str] = frozenset()) -> str:
    inputs = [f"wanted as (\n    {wanted}\n)"]
    for one in needed(names, empty):
        text = _nothing(one) if _is_empty(one, empty) else one.sql.replace("$since_ns", "0")
        inputs.append(f"{one.name} as (\n{_indented(text)}\n)")
    return "with recursive " + ",\n".join(inputs)


def _nothing(relation: Relation) -> str:
    return f"select {', '.join(f'null::{one.kind} as {one.name}' for one in relation.columns)} where false"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())
