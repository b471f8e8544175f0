"""SELECTs that read relations of the pipeline, as texts that stand on their own: what they read is in the text."""

import re
from collections.abc import Iterable

from culpa.analysis.pipeline.relations import Relation, read_by, relations

_WANTED_TRACES = "select unnest($trace_ids) as trace_id"
#: What is read only from `$from_ns` to `$to_ns`, and which column is its time. What has no time is always read.
_TIMES = {"spans": "start_time", "access": "start_time", "exceptions": '"time"', "logs": '"time"'}
_OF_STORE = re.compile(rf"\b(from|join) ({'|'.join(_TIMES)})\b")


def of_traces(sql: str) -> str:
    """Return a SELECT without `with`, with the relations that it reads, of the traces in `$trace_ids`.

    Of the store only what happened between `$from_ns` and `$to_ns` is read: without bounds each of the relations would
    go through all of it.
    """
    text = _OF_STORE.sub(r"\1 near_\2", f"{_with(read_by(sql), _WANTED_TRACES)}\n{sql}")
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


def needed(names: Iterable[str]) -> list[Relation]:
    """Return these relations and all that they read, also through others, in the order in which they are made."""
    wanted = set(names)
    found: list[Relation] = []
    for relation in reversed(relations()):
        if relation.name in wanted:
            found.insert(0, relation)
            wanted |= relation.reads
    return found


def _with(names: Iterable[str], wanted: str) -> str:
    inputs = [f"wanted as (\n    {wanted}\n)"]
    inputs += [f"{one.name} as (\n{_indented(one.sql.replace('$since_ns', '0'))}\n)" for one in needed(names)]
    return "with recursive " + ",\n".join(inputs)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())
