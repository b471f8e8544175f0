"""Whether an exception comes out of the one that was caught before it, by the names of their types. Pure.

Python says "during handling of the above exception" of what an error led to, and of what failed next on its own.
"""

import re

# Frameworks' exceptions that are raised to answer with a status, because of what was caught.
_ANSWERING = re.compile(
    r"(?:werkzeug|flask|starlette|fastapi|django|rest_framework|quart|sanic|falcon|litestar|tornado)\.|aiohttp\.web"
)
# Clients that have nothing to clean up after an error: their second one is of another call.
_STATELESS = re.compile(r"(?:requests|httpx|aiohttp|urllib3)\.")
# What only steers the flow (a timer's cancel, an empty queue) is no origin.
_SIGNALS = re.compile(
    r"StopIteration|StopAsyncIteration|GeneratorExit|(?:_queue|queue|asyncio\.queues)\.(?:Empty|Full)"
    r"|(?:asyncio\.exceptions|concurrent\.futures\._base|trio|anyio)\.Cancell?ed(?:Error)?"
)
# How a look-up fails that a library makes in its own tables.
_LOOKUPS = frozenset({"KeyError", "IndexError", "LookupError", "AttributeError", "ValueError", "TypeError"})


def is_put_into_words(caught: str, raised: str) -> bool:
    """Tell whether an error of a library may be its own wording of a look-up that failed in the same function.

    Shape: qualified names of types. Django's `'humanize' is not a registered tag library` says more than the
    KeyError that it was made of.
    """
    return caught in _LOOKUPS and "." in raised


def has_gone_on(caught: str, raised: str) -> bool:
    """Tell whether a library's exception is of another call than the one that the app caught before it.

    Shape: qualified names of types. What fails while the same library cleans up, or answers for what was caught,
    is a consequence.
    """
    is_kin = _package(caught) == _package(raised) and not _STATELESS.match(raised)
    return not is_kin and not _ANSWERING.match(raised)


def is_signal(type_name: str) -> bool:
    """Tell whether an exception only steers the flow of a program."""
    return _SIGNALS.fullmatch(type_name) is not None


def _package(type_name: str) -> str:
    return type_name.partition(".")[0] if "." in type_name else ""
