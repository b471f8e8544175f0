"""Read the text of a stack trace: which exceptions, which came first, and where in the user's code.

Pure: text in, records out. Knows Python, Java and other `at …` styles (Node, .NET, OpenTelemetry's PHP),
Ruby, Crystal, PHP, Go, Elixir.
"""

from functools import lru_cache

from culpa.collector.exceptions.extent import MOST_OF_STACK
from culpa.collector.exceptions.stacktrace import at_style, crystal, elixir, go, inline, php, python, ruby
from culpa.collector.exceptions.stacktrace.flat import unfolded
from culpa.collector.exceptions.stacktrace.raised import Frame, Raised, Stack, is_own_file

__all__ = ["Frame", "Raised", "Stack", "is_own_file", "read_stack", "unfolded"]

_LANGUAGES = (python, ruby, crystal, php, go, elixir, at_style, inline)


@lru_cache(256)
def read_stack(text: str) -> Stack:
    """Read a stack trace, no more of it than MOST_OF_STACK; an unknown form gives a Stack without exceptions.

    Shape: `raised` is outermost first, the origin last. Cached, because stacks repeat, and because what reads an
    exception and what looks for its callee both ask for the stack.
    """
    text = unfolded(text[:MOST_OF_STACK])
    if python.matches(text):
        text = python.own_part(text)
    for language in _LANGUAGES:
        if language.matches(text) and (raised := language.read(text)):
            return Stack(tuple(raised), text)
    return Stack((), text)
