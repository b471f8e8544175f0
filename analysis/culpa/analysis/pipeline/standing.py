"""SELECTs that read relations of the pipeline, as texts that stand on their own: what they read is in the text."""

from collections.abc import Iterable

from culpa.analysis.pipeline.relations import Relation, read_by, relations

_WANTED_TRACES = "select unnest($trace_ids) as trace_id"


def of_traces(sql: str) -> str:
    """Return a SELECT without `with`, with the relations that it reads, of the traces in `$trace_ids`."""
    return f"{_with(read_by(sql), _WANTED_TRACES)}\n{sql}"


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
