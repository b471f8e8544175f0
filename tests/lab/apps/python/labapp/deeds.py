"""The registry of what the app can do: one function for each route, whatever the framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a deed answers when it is not 200."""

    status: int
    text: str
    headers: Mapping[str, str] | None = None


class Refused(Exception):
    """Raised by deeds; the framework's handler for it answers 500 without a word."""


Deed = Callable[[Mapping[str, str]], "str | Answer"]
DEEDS: dict[str, Deed] = {}


def deed(path: str) -> Callable[[Deed], Deed]:
    """Serve the function under `/path`."""

    def register(function: Deed) -> Deed:
        DEEDS[path] = function
        return function

    return register
