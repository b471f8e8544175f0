"""A chain that is told in one sentence, without any frame, as Spring did up to version 5. Pure."""

from culpa.collector.exceptions.stacktrace.raised import Raised
from culpa.instrumentation.patterns import late_pattern

#: `X: message; nested exception is Y: message`, and a cause that a logger put behind its wrapper.
_LINK = late_pattern(r";? nested exception is |[;,.]? Caused by: ")
_TYPED = late_pattern(r"((?:[A-Za-z_][\w$]*\.)+[A-Z][\w$]*|[A-Z]\w*(?:Exception|Error))(?:: |$)")

#: What Tomcat prints behind a chain, above its root.
ROOT_BELOW = "] with root cause"


def matches(text: str) -> bool:
    """Tell whether a sentence names an exception and its cause."""
    return _LINK.search(text) is not None


def read(text: str) -> list[Raised]:
    """Read the chain, outermost first; what stands before the first type is a logger's own."""
    chain, _, root = text.strip().partition(ROOT_BELOW)
    found: list[Raised] = []
    for part in _LINK.split(chain):
        typed = _TYPED.match(part)
        if typed:
            found.append(Raised(typed[1], part[typed.end() :].strip()))
        elif not found:
            found.append(Raised("", part.strip()))
    root = root.strip()
    if found and (typed := _TYPED.match(root)):
        # Without frames below it, as where a logger cut them off, the root stands behind these words alone.
        if found[-1].type == typed[1]:
            found.pop()
        found.append(Raised(typed[1], root[typed.end() :].strip()))
    return found if len(found) > 1 else []
