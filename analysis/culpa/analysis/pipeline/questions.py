"""The questions that this room asks, each one SQL file in `sql/`; the folder is the registry."""

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from culpa.knowledge import own_folder, with_sayings

#: What stands in a question for another one's rows: `@chosen_verdicts@` for those of `sql/chosen_verdicts.sql`.
_ANOTHER = re.compile(r"@(\w+)@")
#: What the header of a file says that reads relations of the pipeline.
_READS_RELATIONS = "-- relations of: $trace_ids"


def question(name: str) -> str:
    """Return the SQL of one question by its file's name without `.sql`. Errors: FileNotFoundError, BadSaying."""
    return _question(name, own_folder())


@cache
def _question(name: str, _own: Path | None) -> str:
    text = with_sayings(_whole(name))
    if _READS_RELATIONS not in text:
        return text
    # Only here: the relations are sixty files, of which most questions read none.
    from culpa.analysis.pipeline.standing import of_traces

    return of_traces(text)


def _whole(name: str) -> str:
    return _ANOTHER.sub(lambda other: _whole(other[1]), _text(name))


def _text(name: str) -> str:
    return (files("culpa.analysis") / "sql" / f"{name}.sql").read_text("utf-8")
