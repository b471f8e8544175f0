"""Ask values of strangers for what they should hold, without believing that they do."""

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from culpa.collector.dialects.dialect import Value


def is_object(value: Value) -> TypeGuard[dict[str, Value]]:
    """Say whether a value is an object."""
    return isinstance(value, dict)


def is_list(value: Value) -> TypeGuard[list[Value] | tuple[Value, ...]]:
    """Say whether a value is a list."""
    return isinstance(value, list | tuple)


def whole(value: Value, below: int = 2**63) -> int | None:
    """Return a whole number that is not negative and below a bound; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below else None


def table(value: Value, *names: str) -> dict[str, Value]:
    """Return the object that stands under these names, one within the other; {} if none does."""
    for name in names:
        value = value.get(name) if is_object(value) else None
    return value if is_object(value) else {}


def rows(value: Value) -> Iterator[dict[str, Value]]:
    """Yield the objects in a list, or in lists within it; a single object is its own list."""
    if is_object(value):
        yield value
    elif is_list(value):
        for each in value:
            yield from rows(each) if (is_object(each) or is_list(each)) else ()


def text(value: Value) -> str:
    """Return a text; '' for what is none."""
    return (
        value if isinstance(value, str) else "" if value is None or (is_object(value) or is_list(value)) else str(value)
    )


def path_of(url: str) -> str:
    """Return the path of a URL, or of one without scheme and host, without its query."""
    return "/" + url.partition("://")[2].partition("/")[2].partition("?")[0] if "://" in url else url.partition("?")[0]


def known(pairs: Mapping[str, Value]) -> dict[str, Value]:
    """Return the pairs that have a value."""
    return {key: value for key, value in pairs.items() if value not in (None, "", [], {})}
