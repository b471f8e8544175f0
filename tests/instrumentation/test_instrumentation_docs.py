"""docs/instrumentation.md lists what the code has: variables, metrics, attributes, drivers."""

import re
from pathlib import Path

from culpa.instrumentation.calls.sqlcomment import SWITCH
from culpa.instrumentation.exceptions.origin import describe

_ROOT = Path(__file__).parents[2]
_CODE = _ROOT / "instrumentation/culpa/instrumentation"
TEXT = (_ROOT / "docs/instrumentation.md").read_text()


def test_every_metric_is_documented_and_every_documented_metric_exists() -> None:
    """By name."""
    source = "\n".join(path.read_text() for path in (_CODE / "metrics").glob("*.py"))
    made = set(re.findall(r"create_observable_\w+\(\s*\"([a-z._]+)\"", source))
    section = TEXT.partition("## Metrics\n")[2].partition("\n## ")[0]
    listed = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }
    assert made == listed


def test_the_variables_of_these_parts_are_documented() -> None:
    """Those of comments, redaction, metrics and local variables."""
    parts = [
        _CODE / "exceptions" / "locals.py",
        _CODE / "calls" / "sqlcomment.py",
        _CODE / "export" / "unsampled.py",
        *(_CODE / "redact").glob("*.py"),
        *(_CODE / "metrics").glob("*.py"),
    ]
    used = {name for path in parts for name in re.findall(r"\"(CULPA_[A-Z_]+)\"", path.read_text())}
    assert {SWITCH, "CULPA_REDACT", "CULPA_KEEP_FAILURES", "CULPA_METRICS", "CULPA_LOCALS"} <= used
    assert [] == [name for name in sorted(used) if name not in TEXT]


def test_the_attributes_of_an_exception_are_documented() -> None:
    """Whatever describe() may say."""
    try:
        raise ValueError("x")
    except ValueError as error:
        assert [] == [name for name in describe(error) if f"`{name}`" not in TEXT]


def test_every_driver_with_a_hook_is_documented() -> None:
    """One file per library."""
    libraries = ("aiomysql", "asyncpg", "psycopg", "pymongo", "redis", "sqlalchemy", "sqlite")
    hooks = {path.stem.partition("_")[0] for path in (_CODE / "hooks").glob("*.py")}
    assert set(libraries) <= hooks
    assert [] == [name for name in libraries if name not in TEXT.lower()]
