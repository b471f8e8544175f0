"""What attributes say of an exception beside its text: who raised it knows better than who reads it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from culpa.collector.exceptions.error_code import find_error_code
from culpa.collector.exceptions.extent import MOST_OF_STACK
from culpa.collector.exceptions.fingerprint import fingerprint_of
from culpa.collector.exceptions.number import whole
from culpa.collector.exceptions.reading import MAX_LINE, Reading
from culpa.collector.exceptions.stacktrace import read_stack


def as_stated(reading: Reading, attributes: Mapping[str, str], source: str) -> Reading:
    """Let attributes win over what was read. A log's code.* names the log call."""
    is_ours = source == "span" or "exception.in_app" in attributes
    changes: dict[str, Any] = {}
    if attributes.get("exception.root.type"):
        changes["origin_type"] = attributes["exception.root.type"]
        changes["origin_message"] = attributes.get("exception.root.message", reading.origin_message)
    chain = _chain(attributes.get("exception.chain", ""))
    if chain:
        changes["chain"] = chain
    if is_ours and attributes.get("code.file.path"):
        line = attributes.get("code.line.number", "")
        changes["file"] = attributes["code.file.path"]
        changes["line"] = whole(line, MAX_LINE)
        changes["function"] = attributes.get("code.function.name", "")
        changes["in_app"] = attributes.get("exception.in_app", "true").lower() == "true"
    if attributes.get("db.response.status_code"):
        changes["error_code"] = attributes["db.response.status_code"]
    if not changes:
        return reading
    stated = replace(reading, **changes)
    if "origin_type" in changes:
        functions = read_stack(attributes.get("exception.stacktrace", "")[:MOST_OF_STACK]).app_functions
        code = stated.error_code or find_error_code((stated.origin_type,), (stated.origin_message,))
        fingerprint = fingerprint_of(stated.origin_type, stated.origin_message, functions or (stated.function,))
        stated = replace(stated, error_code=code, fingerprint=fingerprint)
    return stated


def _chain(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        return tuple(msgspec.json.decode(text, type=list[str]))
    except (msgspec.MsgspecError, RecursionError):
        return tuple(part.strip() for part in text.split(",") if part.strip())
