"""Exports of logs that are one JSON document: an object a line instead, as they are written elsewhere."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import msgspec

from culpa.collector.recorded.blocks import entries_of, is_entries

_Object = dict[str, object]
#: Where an answer of CloudWatch, and an export of Kubernetes' events, has its list.
_LISTS = ("events", "items", "entries", "results", "logEvents")
#: An answer in one line, which no line of a log begins like.
_NEXT = re.compile(r"[\s\x1e]*\{")
_ANSWER = re.compile(
    rb'\{\s{0,8}"(?:(?:events|results)"\s{0,8}:\s{0,8}\[|messageType"\s{0,8}:\s{0,8}"DATA_MESSAGE"|status"\s{0,8}:\s{0,8}"success"\s{0,8},\s{0,8}"data")'
)


def is_document(head: bytes) -> bool:
    """Say whether a file begins as a list of objects, or as one object over many lines."""
    begin = head.lstrip()
    if is_entries(head):
        return True
    if begin.startswith(b"["):
        return begin[1:].lstrip().startswith((b"{", b"["))
    return begin.split(b"\n", 1)[0].strip() == b"{" or _ANSWER.match(begin) is not None


def objects_of(body: bytes) -> Iterator[bytes]:
    """Yield the objects of a document, a line each; nothing where it is none."""
    if is_entries(body):
        yield from entries_of(body)
        return
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        # One behind the other, as `jq`, `journalctl -o json-pretty` and Firehose write them.
        values: Iterable[object] = _each(body.decode("utf-8", "replace"))
    else:
        values = [value]
    for each in values:
        for item in _items(each) or ([cast("_Object", each)] if isinstance(each, dict) else []):
            yield msgspec.json.encode(item) + b"\n"


def _each(text: str) -> Iterator[_Object]:
    """Yield the objects that stand one behind the other, up to what is none."""
    decoder, at = json.JSONDecoder(), 0
    while begun := _NEXT.match(text, at):
        try:
            value, at = decoder.raw_decode(text, begun.end() - 1)
        except (ValueError, RecursionError):
            return
        yield cast("_Object", value)


def _items(value: object) -> Sequence[_Object]:
    if isinstance(value, dict):
        held = cast("_Object", value)
        found = next((held[key] for key in _LISTS if isinstance(held.get(key), list)), None)
        if found is None:
            return list(_of_loki(held))
        stream = {"logStreamName": held["logStream"]} if "logStream" in held else {}
        return [stream | item for item in _items(found)] if stream else _items(found)
    if not isinstance(value, list):
        return []
    rows = cast("list[object]", value)
    return [row for each in rows if (row := _row(each))]


def _row(item: object) -> _Object:
    """Return an object of a list; one of CloudWatch Insights is a list of fields."""
    if isinstance(item, list):
        fields = [cast("_Object", field) for field in cast("list[object]", item) if isinstance(field, dict)]
        return {str(field["field"]): field.get("value") for field in fields if "field" in field}
    return cast("_Object", item) if isinstance(item, dict) else {}


def _of_loki(answer: _Object) -> Iterator[_Object]:
    """Yield the lines of an answer of Loki's API: streams with pairs of time and line."""
    data = answer.get("data")
    streams = cast("_Object", data).get("result") if isinstance(data, dict) else None
    for stream in cast("list[object]", streams) if isinstance(streams, list) else ():
        held = cast("_Object", stream) if isinstance(stream, dict) else {}
        values = held.get("values")
        for pair in cast("list[object]", values) if isinstance(values, list) else ():
            if isinstance(pair, list) and len(cast("list[object]", pair)) >= 2:
                yield {"timestamp": pair[0], "line": pair[1], "labels": held.get("stream")}
