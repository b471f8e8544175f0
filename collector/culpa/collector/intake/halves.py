"""Decode bodies in one call, and find by halving those that spoil it: they cost the others nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from culpa.collector.decode import Decoded, Malformed, Signal, decode

T = TypeVar("T")


def decode_each(
    signal: Signal, group: Sequence[T], body_of: Callable[[T], bytes], *, is_json: bool
) -> Iterator[tuple[Sequence[T], Decoded | Malformed]]:
    """Yield parts of the group in their order, with what was decoded of them; with an error, one body alone.

    Our own mistakes are Malformed too, with their cause: such a body must not be sent for ever.
    """
    decoded: Decoded | Malformed
    try:
        decoded = decode(signal, [body_of(each) for each in group], is_json=is_json)
    except Malformed as error:
        decoded = error
    except Exception as error:
        decoded = Malformed(f"cannot decode this body: {error!r}")
        decoded.__cause__ = error
    if isinstance(decoded, Malformed) and len(group) > 1:
        half = len(group) // 2
        yield from decode_each(signal, group[:half], body_of, is_json=is_json)
        yield from decode_each(signal, group[half:], body_of, is_json=is_json)
        return
    yield group, decoded
