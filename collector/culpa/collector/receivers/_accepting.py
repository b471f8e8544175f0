"""What form of an answer a client wants, by `Accept`. Source: RFC 9110, 12.5.1."""

import math
from collections.abc import Sequence

from starlette.requests import Request

from culpa.collector.admission import Refused


def chosen(request: Request, offered: Sequence[str]) -> str:
    """Return the media type that the client likes most; of equal ones that offered first, which is the default too.

    Errors: Refused with 406, which names those that are offered.
    """
    wanted = [part for value in request.headers.getlist("accept") for part in value.split(",") if part.strip()]
    ranges = [_range(part) for part in wanted]
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda one: _quality(one, ranges))
    if not _quality(best, ranges):
        raise Refused(406, f"an answer is sent as one of {', '.join(offered)}; name one of them in Accept")
    return best


def _range(part: str) -> tuple[str, float]:
    """Return a media range and how much it is liked: 0 to 1. One whose weight is no number is not liked at all."""
    name, *parameters = (word.strip().lower() for word in part.split(";"))
    weights = [word.partition("=")[2].strip() for word in parameters if word.partition("=")[0].strip() == "q"]
    try:
        weight = float(weights[0]) if weights else 1.0
    except ValueError:
        weight = 0.0
    return name, min(weight, 1.0) if math.isfinite(weight) and weight > 0 else 0.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the range that is most exact about a media type."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        weights = [weight for range_name, weight in ranges if range_name == name]
        if weights:
            return max(weights)
    return 0.0
