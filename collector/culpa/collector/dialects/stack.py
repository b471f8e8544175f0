"""Frames as trackers of errors keep them, said again as the stack trace that the language prints."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    file: str
    line: int
    function: str
    module: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of a chain; the frames from the outermost to the one that raised."""

    type: str
    message: str
    frames: Sequence[Frame] = ()

    @property
    def words(self) -> str:
        """Return type and message."""
        return f"{self.type}: {self.message}" if self.type and self.message else self.type or self.message


_BECAUSE = "\n\nThe above exception was the direct cause of the following exception:\n\n"


def printed(language: str, chain: Sequence[Raised]) -> str:
    """Return the trace of a chain, from the exception that was caught to its origin."""
    if language == "python":
        return _BECAUSE.join(_python(one) for one in reversed(chain))
    if language == "java":
        return "\nCaused by: ".join(_java(one) for one in chain)
    if language == "dotnet":
        return _dotnet(chain)
    return "\nCaused by: ".join(_node(one) for one in chain)


def _python(raised: Raised) -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in raised.frames:
        lines.append(f'  File "{frame.file}", line {frame.line}, in {frame.function or "?"}')
        lines += [f"    {frame.source.strip()}"] if frame.source.strip() else []
    return "\n".join([*lines, raised.words])


def _java(raised: Raised) -> str:
    return "\n".join([raised.words, *(_java_place(frame) for frame in reversed(raised.frames))])


def _java_place(frame: Frame) -> str:
    function = f"{frame.module}.{frame.function}" if frame.module else frame.function
    file = frame.file.rpartition("/")[2] or "Unknown Source"
    return f"\tat {function}({file}:{frame.line})" if frame.line else f"\tat {function}({file})"


def _dotnet(chain: Sequence[Raised]) -> str:
    """Return the words of all, then the frames of each: those of the innermost stand first."""
    words = "\n ---> ".join(one.words for one in chain)
    places = ("\n".join(_dotnet_place(frame) for frame in reversed(one.frames)) for one in reversed(chain))
    return "\n".join([words, "\n   --- End of inner exception stack trace ---\n".join(places)])


def _dotnet_place(frame: Frame) -> str:
    at = f"   at {frame.function}()" if "(" not in frame.function else f"   at {frame.function}"
    return f"{at} in {frame.file}:line {frame.line}" if frame.file and frame.line else at


def _node(raised: Raised) -> str:
    places = (
        f"    at {frame.function or '<anonymous>'} ({frame.file}:{frame.line}:1)" for frame in reversed(raised.frames)
    )
    return "\n".join([raised.words, *places])
