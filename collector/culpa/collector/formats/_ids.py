"""Ids of records and requests: the recorded ones where usable, else those that the contract derives."""

from hashlib import blake2b, md5
from typing import NamedTuple

from culpa.collector.formats._format import Record, Source
from culpa.instrumentation.patterns import late_pattern

#: What Apache computes when its id expression runs before mod_unique_id: one id for every request.
_MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"

_TRACE_ID = late_pattern(r"[0-9a-f]{32}")
_SPAN_ID = late_pattern(r"[0-9a-f]{16}")
_TRACEPARENT = late_pattern(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


class RequestIds(NamedTuple):
    """The ids of one request; only the parent may be ''."""

    trace_id: str
    span_id: str
    parent_span_id: str


def record_id(format_name: str, source: Source, record: Record) -> str:
    """Return 16 hex that are the same whenever this record of this source is read."""
    place = f"{format_name}\0{source.name}\0{record.offset}\0{record.text}"
    return blake2b(_bytes(place), digest_size=8).hexdigest()


def request_ids(trace_id: str, span_id: str, parent_span_id: str, *, source: Source, record: Record) -> RequestIds:
    """Return the recorded ids, with what is absent or unusable derived from the record's place and text."""
    trace = usable_trace_id(trace_id) or md5_hex(f"{source.name}\0{record.offset}\0{record.text}")
    span = usable_span_id(span_id) or md5_hex(f"{trace}-request")[:16]
    parent = usable_span_id(parent_span_id)
    # Apache writes the request's own id as parent after an internal redirect.
    return RequestIds(trace, span, "" if parent == span else parent)


def usable_trace_id(value: str) -> str:
    """Return the id in lower case, or '' if it cannot be one request's id."""
    low = value.lower()
    return low if _TRACE_ID.fullmatch(low) and low.strip("0") and low != _MD5_OF_NOTHING else ""


def usable_span_id(value: str) -> str:
    """Return the id in lower case, or '' if it is none."""
    low = value.lower()
    return low if _SPAN_ID.fullmatch(low) and low.strip("0") else ""


def from_traceparent(value: str) -> tuple[str, str]:
    """Return trace and span id of a W3C traceparent header, or two ''. Source: W3C Trace Context, level 1."""
    found = _TRACEPARENT.fullmatch(value)
    if not found or value.startswith("ff"):
        return "", ""
    trace, span = usable_trace_id(found[1]), usable_span_id(found[2])
    return (trace, span) if trace and span else ("", "")


def md5_hex(text: str) -> str:
    """Return the md5 of a text as 32 hex; an id, not a protection."""
    return md5(_bytes(text), usedforsecurity=False).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
