"""The questions that this room asks, each one SQL file in `sql/`; the folder is the registry."""

from functools import cache
from importlib.resources import files

from culpa.knowledge import with_sayings


@cache
def question(name: str) -> str:
    """Return the SQL of one question by its file's name without `.sql`. Errors: FileNotFoundError."""
    return with_sayings((files("culpa.analysis") / "sql" / f"{name}.sql").read_text("utf-8"))
