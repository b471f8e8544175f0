"""Members of a JSON object of anybody's."""

from collections.abc import Mapping

Object = Mapping[str, object]


def mapping(value: object) -> Object:
    """Return an object of JSON, an empty one for anything else."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # JSON has text keys


def first(members: Object, *keys: str) -> str:
    """Return the first of these members that is a text or a number, as a text; '' where none is."""
    return next((found for key in keys if (found := text(members.get(key)))), "")


def text(value: object) -> str:
    """Return a text or a number as a text, '' for anything else."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
