"""What stands in a file of rules, looked at closely: numbers and lists."""

from typing import Any, TypeGuard


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether it is a list, of whatever."""
    return isinstance(value, list)


def number(value: object, name: str, default: float, least: float, most: float) -> float:
    """Return a number within its bounds. Errors: ValueError, with what to write."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ValueError(
            f"{name} is a number from {least:g} to {most:g}, such as {name} = {default:g}; not {str(value)[:40]!r}"
        )
    return float(value)
