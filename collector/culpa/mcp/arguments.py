"""What agents give to a tool: the schemas that they are shown, and the check against them. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError

from culpa.analysis.plain import flowing, shortened
from culpa.analysis.surface.filters import NAMES, Filters, read_filters
from culpa.web.openapi import MEANING

#: What an answer has at most where nobody said: a page of text, which no agent's context notices. Unit: bytes.
USUAL_BYTES: Final = 4096
_LEAST_BYTES: Final = 2048
_MOST_BYTES: Final = 65_536
_SHOWN_CHARS: Final = 300

Schema = dict[str, Any]
Given = Mapping[str, Any]


class BadArguments(ValueError):
    """What was given does not fit a tool's schema."""


#: A request or a problem, by whatever name somebody has for it.
ID: Final[Schema] = {
    "type": "string",
    "minLength": 8,
    "maxLength": 200,
    "description": "A trace id or at least its first 8 hex digits, a traceparent, a problem's fingerprint, or the id "
    "of a request as a server logged it (X-Request-Id).",
}
#: The filters of the page, the commands and the JSON answers.
FILTERS: Final[dict[str, Schema]] = {
    name: {
        "type": ["string", "integer"] if name == "status" else "string",
        "maxLength": 500,
        "description": MEANING[name],
    }
    for name in NAMES
}


def arguments(properties: Mapping[str, Schema], *required: str, usual_bytes: int = USUAL_BYTES) -> Schema:
    """Return the schema of a tool's arguments; other names are refused, as an ignored filter reads as good news."""
    max_bytes = {
        "type": "integer",
        "minimum": _LEAST_BYTES,
        "maximum": _MOST_BYTES,
        "default": usual_bytes,
        "description": "The answer has at most so many bytes; `cut` says what was left out.",
    }
    return {
        "type": "object",
        "properties": {**properties, "max_bytes": max_bytes},
        "required": list(required),
        "additionalProperties": False,
    }


def checked(schema: Schema, given: Given) -> Given:
    """Return what was given, with the defaults of the schema. Errors: BadArguments says which, and what is wanted."""
    # Its types leave open what is checked, and so what is found.
    checker: Any = Draft202012Validator(schema)
    errors: list[ValidationError] = list(checker.iter_errors(dict(given)))
    for wrong in errors[:1]:
        place = f"`{'.'.join(map(str, wrong.path))}`: " if wrong.path else ""
        raise BadArguments(place + shortened(flowing(wrong.message), _SHOWN_CHARS))
    usual = {name: one["default"] for name, one in schema["properties"].items() if "default" in one}
    return {**usual, **given}


def filters_of(given: Given) -> Filters:
    """Return the filters that were given. Errors: NotAFilter."""
    return read_filters({name: str(given[name]) for name in NAMES if name in given})
