"""Read the text of a stack trace: which exceptions, which came first, and where in the user's code.

Pure: text in, records out. Knows Python, Java and other `at …` styles (Node, .NET, OpenTelemetry's PHP),
Ruby, PHP, Go, Elixir.
"""

from functools import lru_cache

from culpa.collector.decode.extent import MOST_OF_STACK
from culpa.collector.decode.stacktrace import at_style, elixir, go, php, python, ruby
from culpa.collector.decode.stacktrace.raised import Frame, Raised, Stack

__all__ = ["Frame", "Raised", "Stack", "read_stack"]

_LANGUAGES = (python, ruby, php, go, elixir, at_style)


@lru_cache(256)
def read_stack(text: str) -> Stack:
    """Read a stack trace; an unknown form gives a Stack without exceptions.

    Shape: `raised` is outermost first, the origin last. Cached, because stacks repeat.
    """
    text = text[:MOST_OF_STACK]
    for language in _LANGUAGES:
        if language.matches(text):
            raised = language.read(text)
            if raised:
                return Stack(tuple(raised))
    return Stack(())
