"""The questions that this room asks, each one SQL file in `sql/`; the folder is the registry."""

from functools import cache
from importlib.resources import files


@cache
def question(name: str) -> str:
    """Return the SQL of one question by its file's name without `.sql`. Errors: FileNotFoundError."""
    return (files("culpa.analysis") / "sql" / f"{name}.sql").read_text("utf-8")
