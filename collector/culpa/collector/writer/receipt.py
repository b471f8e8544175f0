"""What a sender is told once its body is durable."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """How many items of a body were left out, and why; nothing else of it was."""

    rejected: int = 0
    message: str = ""
