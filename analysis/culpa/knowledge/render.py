"""A topic's sayings as one SQL expression: patterns of one step and field as one pattern, steps as a CASE."""

import re
from collections.abc import Iterable, Mapping

from culpa.knowledge.catalogue import sayings_about
from culpa.knowledge.codes import code_lines
from culpa.knowledge.formats import formats_of, log_formats
from culpa.knowledge.saying import BadSaying, Saying
from culpa.knowledge.systems import systems
from culpa.knowledge.tables import table
from culpa.knowledge.topics import Guard, Step, topics

#: `@says topic (field: column, field: column)@`
_CALL = re.compile(r"@says (\w+) \(([^@]*)\)@")
#: Between two of them; a comma inside a column's expression is none.
_NEXT = re.compile(r", (?=[a-z]+: )")
#: `@tasks attribute@`, `@tasks system@`, `@tasks scope@`
_TASKS = re.compile(r"@tasks (attribute|scope|system)@")
#: `@systems kind@`
_SYSTEMS = re.compile(r"@systems ([a-z]+)@")
#: `@codes system: cause cause@`
_CODES = re.compile(r"@codes ([a-z]+): ([a-z_. ]+)@")
_PROCESSES = "@processes@"
#: `in @formats word@`
_FORMATS = re.compile(r"\b(not )?in @formats (\w+)@")
#: `@format system: column@`
_FORMAT = re.compile(r"@format (system|language): ([\w.]+)@")
_IGNORES_CASE = "(?i)"


def with_sayings(sql: str) -> str:
    """Return the text with knowledge in it. Errors: BadSaying.

    `@says topic (field: column, …)@` becomes an expression, `@systems kind@` the list of the systems of a kind,
    `@tasks attribute@` the names of attributes that tell of a task, `@tasks system@` the systems whose work tasks are,
    `@tasks scope@` the instrumentations that tell of tasks alone,
    `@codes system: cause …@` the list of a system's codes that mean one of these causes,
    `values @processes@` rows of a system and how the name of a process of it begins;
    `in @formats word@` a comparison with the log formats with a fact, or of a system or kind of system, and
    `@format system: column@` (or `language`) an expression: what formats.tsv says of the format that the column names,
    '' where it says nothing.
    """
    sql = _TASKS.sub(lambda call: _tasks(call[1]), sql)
    sql = _SYSTEMS.sub(lambda call: _systems(call[1]), sql)
    sql = _CODES.sub(lambda call: _codes(call[1], call[2].split()), sql)
    sql = sql.replace(_PROCESSES, _processes())
    sql = _FORMATS.sub(lambda call: _formats(call[2], is_negated=bool(call[1])), sql)
    sql = _FORMAT.sub(lambda call: _of_format(call[1], call[2]), sql)
    return _CALL.sub(lambda call: says(call[1], _columns(call[2])), sql)


def says(name: str, columns: Mapping[str, str], *, steps: bool = False) -> str:
    """Return what the columns say about a topic: a CASE of meanings, or of the steps' names, or a boolean.

    Errors: BadSaying.
    """
    topic = topics().get(name)
    if topic is None:
        raise BadSaying(f"@says {name}@ names no topic; see topics.tsv")
    heard = sayings_about(name)
    own = [saying for saying in heard if saying.is_own]
    ours = [saying for saying in heard if not saying.is_own]
    if topic.is_yes_or_no and not steps:
        step = topic.steps[0]
        return f"({_condition(step, own + [saying for saying in ours if saying.step == step.name], columns)})"
    of_step: dict[str, list[Saying]] = {}
    for saying in ours:
        of_step.setdefault(saying.step, []).append(saying)
    whens = [
        f"when {condition_of(saying, columns)} then {text(saying.step if steps else saying.means)}" for saying in own
    ]
    whens += [
        _when(step, of_step.get(step.name, ()), columns, step.name if steps else step.means) for step in topic.steps
    ]
    return "\n".join(["case", *(f"    {when}" for when in whens), f"    else {text(topic.otherwise)}", "end"])


def text(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _systems(kind: str) -> str:
    names = [system.name for system in systems().values() if system.kind == kind]
    if not names:
        raise BadSaying(f"@systems {kind}@ names no kind; see systems.tsv")
    return _list(names)


def _tasks(told_by: str) -> str:
    return f"[{', '.join(text(row['name']) for row in table('tasks') if row['told_by'] == told_by)}]"


def _codes(system: str, causes: list[str]) -> str:
    lines = [line.split() for line in code_lines()]
    unknown = [cause for cause in causes if not any((of, means) == (system, cause) for of, means, *_ in lines)]
    if unknown:
        raise BadSaying(f"@codes {system}: {unknown[0]}@ names no code; see codes.tsv")
    return _list(code for of, means, *codes in lines if of == system and means in causes for code in codes)


def _processes() -> str:
    return ", ".join(_list((system.name, name)) for system in systems().values() for name in system.processes)


def _formats(word: str, *, is_negated: bool) -> str:
    names = formats_of(word)
    if not names:
        raise BadSaying(f"@formats {word}@ is true of no format; see formats.tsv")
    if len(names) == 1:  # DuckDB compares a column with a list of one in half the speed.
        return f"{'<>' if is_negated else '='} {text(names[0])}"
    return f"{'not ' if is_negated else ''}in {_list(names)}"


def _of_format(asked: str, column: str) -> str:
    named: dict[str, list[str]] = {}
    for known in log_formats().values():
        named.setdefault(known.system if asked == "system" else known.language, []).append(known.name)
    whens = [f"when {column} in {_list(names)} then {text(answer)}" for answer, names in named.items() if answer]
    return f"case {' '.join(whens)} else '' end"


def _list(names: Iterable[str]) -> str:
    return f"({', '.join(map(text, names))})"


def _columns(arguments: str) -> dict[str, str]:
    pairs = (argument.partition(": ") for argument in _NEXT.split(arguments))
    return {field: column for field, _, column in pairs}


def _when(step: Step, heard: Iterable[Saying], columns: Mapping[str, str], answer: str) -> str:
    return f"when {_condition(step, heard, columns)} then {text(answer)}"


def _condition(step: Step, heard: Iterable[Saying], columns: Mapping[str, str]) -> str:
    """Return a step's condition; of its sayings with one pattern alone, those for one column become one pattern."""
    plain: dict[tuple[str, bool], list[str]] = {}
    rest: list[str] = []
    for saying in heard:
        if len(saying.patterns) == 1 and not saying.not_patterns:
            ((field, pattern),) = saying.patterns.items()
            ignores_case = pattern.startswith(_IGNORES_CASE)
            plain.setdefault((field, ignores_case), []).append(pattern.removeprefix(_IGNORES_CASE))
        else:
            rest.append(condition_of(saying, columns))
    merged = [
        _matches(columns, field, (_IGNORES_CASE if ignores_case else "") + "|".join(patterns))
        for (field, ignores_case), patterns in plain.items()
    ]
    either = " or ".join([*merged, *(f"({one})" for one in rest)]) or "false"
    guards = [_guard(guard, columns) for guard in step.guards]
    return " and ".join([*guards, f"({either})"]) if guards else either


def condition_of(saying: Saying, columns: Mapping[str, str]) -> str:
    """Return the condition of one saying, without what its step asks. Errors: BadSaying."""
    return " and ".join(
        [
            *(_matches(columns, field, pattern) for field, pattern in saying.patterns.items()),
            *(f"not {_matches(columns, field, pattern)}" for field, pattern in saying.not_patterns.items()),
        ]
    )


def guards_of(saying: Saying, columns: Mapping[str, str]) -> str:
    """Return what a saying's step asks beside; a user's own saying has no such step."""
    step = None if saying.is_own else topics()[saying.about].step(saying.step)
    return " and ".join(_guard(guard, columns) for guard in step.guards) if step and step.guards else "true"


def _guard(guard: Guard, columns: Mapping[str, str]) -> str:
    return ("not " if guard.is_negated else "") + _matches(columns, guard.field, guard.pattern)


def _matches(columns: Mapping[str, str], field: str, pattern: str) -> str:
    if field not in columns:
        raise BadSaying(f"a pattern for {field!r} is not heard here, only {', '.join(columns)}")
    return f"regexp_matches({columns[field]}, {text(pattern)})"
