"""Does the cost of a text grow faster than its length? Measured in CPU time, so that a busy machine changes little."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

#: So many characters are tried first. What is quadratic takes far longer than this for them.
_FIRST = 6_000
_QUICK_S = 0.006
#: To try more of what is so slow would take minutes: less of it is tried.
_SLOW_S = 0.6
#: Then four times as many: linear is 4, quadratic 16; in between lie caches, memory and noise.
_TIMES = 4
_TOO_FAST = 8.5
_RETRIES = 3


class Hostile(NamedTuple):
    """A text to be made as long as one likes: what stands before, what is repeated, what spoils the end."""

    before: str
    unit: str
    after: str = ""

    def text(self, length: int) -> str:
        """Return it with the unit repeated for about so many characters; what stands around it does not count.

        Else four times the length would be far more than four times the repeats, where much stands around.
        """
        return self.before + self.unit * max(length // len(self.unit), 1) + self.after


def growing(run: Callable[[str], object], hostile: Iterable[Hostile], first: int = _FIRST) -> Iterator[str]:
    """Yield a line for each text whose cost grows faster than its length."""
    for each in hostile:
        took = _seconds(run, each.text(first))
        if took < _QUICK_S:
            continue
        size = first // _TIMES if took > _SLOW_S else first
        for _ in range(_RETRIES):
            once, more = (min(_seconds(run, each.text(length)) for _ in range(2)) for length in (size, size * _TIMES))
            if more < once * _TOO_FAST or more < _QUICK_S * _TIMES:
                break
        else:
            yield f"{once * 1000:.0f} ms for {size}, {more * 1000:.0f} ms for {size * _TIMES} characters of {each}"


def _seconds(run: Callable[[str], object], text: str) -> float:
    gc.disable()
    start = time.process_time()
    try:
        run(text)
    finally:
        gc.enable()
    return time.process_time() - start
