"""A stack trace for people: the frames of the app's own code apart from those of libraries. Pure, any language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

#: In the path of a frame that is not the user's code.
_LIBRARY: Final = (
    "site-packages",
    "dist-packages",
    "lib/python",
    "node_modules",
    "node:",
    "<frozen",
    "/vendor/",
    "/gems/",
    "/ruby/",
    "java.base",
    "org.springframework",
    "org.apache",
    "jakarta.",
    "javax.",
    "java.",
    "jdk.",
    "sun.",
    "/usr/lib/",
    "/usr/share/",
    "/go/src/",
    "internal/",
    "[internal function]",
    "culpa/instrumentation",
)
_MAX_FRAMES: Final = 200
_BEGINNINGS: Final = ('File "', "at ", "from ", "#")


@dataclass
class Frame:
    """One frame: its line, and the lines of code that stand below it."""

    where: str
    code: list[str] = field(default_factory=list[str])
    is_own: bool = False


def frames(text: str) -> list[Frame]:
    """Return the frames in their order; none where no line looks like one."""
    found: list[Frame] = []
    for line in text.splitlines():
        stripped = line.strip()
        if _begins(stripped) and len(found) < _MAX_FRAMES:
            found.append(Frame(stripped, is_own=not any(part in stripped for part in _LIBRARY)))
        elif found and line.startswith((" ", "\t")) and stripped and len(found[-1].code) < 3:
            found[-1].code.append(stripped)
    return found


def own_frames(all_frames: Sequence[Frame], *, innermost_last: bool) -> list[Frame]:
    """Return the app's own frames, the innermost first."""
    own = [one for one in all_frames if one.is_own]
    return own[::-1] if innermost_last else own


def is_innermost_last(text: str) -> bool:
    """Say whether the trace is written as Python does: the most recent call last."""
    return "most recent call last" in text or 'File "' in text


def _begins(line: str) -> bool:
    if line.startswith("#"):
        return line[1:2].isdigit()
    return line.startswith(_BEGINNINGS)
