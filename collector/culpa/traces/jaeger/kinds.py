"""The kinds of spans in Jaeger's words."""

from culpa.traces.jaeger.model import KINDS
from culpa.traces.reader import ALL_KINDS
from culpa.traces.search import NotAQuestion


def kind_of(text: str) -> int:
    """Return the kind that is meant, as OTLP numbers it; where none is, all. Errors: NotAQuestion."""
    if not text:
        return ALL_KINDS
    if text == "unspecified":
        return 0
    if text not in KINDS:
        raise NotAQuestion(f"unsupported span kind: {text[:40]!r}; write one of {', '.join(KINDS[1:])}")
    return KINDS.index(text)
