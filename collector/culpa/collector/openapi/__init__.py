"""The collector's own endpoints, described in OpenAPI 3.1 and served at `/openapi.json`."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from culpa.collector.admission import readers, senders
from culpa.collector.openapi.otlp import components
from culpa.collector.receivers import backup, changes, labels, problem_states
from culpa.collector.receivers._telling import MAX_TEXT
from culpa.collector.receivers.judge import MAX_TRACES
from culpa.collector.settings import Settings
from culpa.collector.tables import MAX_NS

Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "null"], "maxLength": MAX_TEXT}
#: In this century; others are taken too.
_MOMENT = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
_TRACE_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_REFUSALS = {
    "400": "The body, a header or the request itself cannot be read; the message says what to send.",
    "401": "A token is wanted (`Authorization: Bearer …`).",
    "403": "Another token is wanted, or the request comes from a page, or to a Host, that is not known here.",
    "408": "The request did not come in time.",
    "413": "The body is larger than is taken.",
    "415": "Content-Type or Content-Encoding is not taken.",
    "429": "There is no room now; come back after `Retry-After` seconds.",
    "431": "The request head is larger than is taken.",
    "503": "It cannot be stored or answered now; come back after `Retry-After` seconds.",
}


def openapi_route(settings: Settings, mounted: Sequence[Schema] = ()) -> Route:
    """Return the route; who may see it is decided in front of it. `mounted`: the paths of apps that are mounted."""
    described = document(settings, mounted)

    async def openapi(_: Request) -> Response:
        return JSONResponse(described)

    return Route("/openapi.json", openapi)


def document(settings: Settings, mounted: Sequence[Schema] = ()) -> Schema:
    """Describe the endpoints, those of mounted apps too, and the tokens that these settings want."""
    tokens: Schema = {}
    for name, keyring in (("ingest_token", senders(settings)), ("read_token", readers(settings))):
        if not keyring.is_open:
            tokens[name] = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "culpa collector", "version": version("culpa")},
        "paths": _paths(tokens) | {path: _guarded(item, tokens) for paths in mounted for path, item in paths.items()},
        "components": {"schemas": components() | {"Message": _MESSAGE, "Refusal": _REFUSAL}, "securitySchemes": tokens},
    }


_MESSAGE: Schema = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
#: google.rpc.Status, as OTLP wants it.
_REFUSAL: Schema = {
    "type": "object",
    "required": ["message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
_CHANGE: Schema = {
    "type": "object",
    "required": ["description"],
    "additionalProperties": False,
    "properties": {
        # What is only white space says nothing.
        "description": {"type": "string", "maxLength": MAX_TEXT, "pattern": "^[!-~]"},
        "service": _TEXT,
        "kind": {"enum": [*changes.KINDS, "", None]},
        "time": {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_NS},
                {"type": "string", "pattern": _MOMENT},
                {"enum": ["", None]},
            ]
        },
        "attributes": {
            "type": ["object", "null"],
            "maxProperties": changes.MAX_ATTRIBUTES,
            "propertyNames": {"type": "string", "maxLength": MAX_TEXT},
            "additionalProperties": {"anyOf": [_TEXT, {"type": "number"}, {"type": "boolean"}]},
        },
    },
}
_LABEL: Schema = {
    "type": "object",
    "required": ["trace_id", "cause"],
    "additionalProperties": False,
    "properties": {
        "trace_id": _TRACE_ID,
        "cause": {"type": "string", "pattern": labels.CAUSE, "maxLength": MAX_TEXT},
        **dict.fromkeys(("layer", "component", "note"), _TEXT),
    },
}
_STATE: Schema = {
    "type": "object",
    "required": ["fingerprint", "state"],
    "additionalProperties": False,
    "properties": {
        "fingerprint": {"type": "string", "pattern": problem_states.FINGERPRINT},
        "state": {"enum": list(problem_states.STATES)},
        "until": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": MAX_NS,
            "description": "ns since 1970; 0: no end",
        },
        "note": _TEXT,
    },
}
_WISH: Schema = {
    "type": "object",
    "required": ["trace_ids"],
    "properties": {"trace_ids": {"type": "array", "maxItems": MAX_TRACES, "items": _TRACE_ID}},
}
_QUESTION: Schema = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {"type": "string", "description": "One SELECT in DuckDB's SQL.", "examples": ["select 1 as one"]},
        "parameters": {"type": ["object", "null"], "description": "Values of `$name` in the query."},
    },
}


_KNOWN: Schema = {
    "type": "object",
    "required": ["known"],
    "properties": {
        "known": {
            "type": "object",
            "description": "Sealed files that are not wanted: name, and size and digest of the head.",
            "maxProperties": backup.MAX_KNOWN,
            "propertyNames": {"type": "string", "pattern": backup.KNOWN_NAME},
            "additionalProperties": {"type": "string", "pattern": backup.KNOWN_IDENTITY},
            "examples": [{}],
        }
    },
}


def _paths(tokens: Schema) -> Schema:
    failed = {
        "406": _answer("`Accept` names no form that rows are written in.", "Message"),
        "422": _answer("The query failed.", "Message"),
    }
    return {
        **{f"/v1/{signal}": _signal(signal, tokens) for signal in ("traces", "logs", "metrics")},
        "/v1development/profiles": _profiles(tokens),
        "/v1/changes": _post("Tell what was changed.", _CHANGE, tokens, {"200": _object("It is durable.")}),
        "/v1/labels": _post("Tell what really failed.", _LABEL, tokens, {"200": _object("It is durable.")}),
        "/v1/problem-states": _post(
            "Mute a problem, or call it resolved.", _STATE, tokens, {"200": _object("It is durable.")}
        ),
        "/v1/judge": _post("Have traces judged again.", _WISH, tokens, {"202": _object("They will be.")}),
        "/v1/sql": _post("Ask.", _QUESTION, tokens, {"200": _ROWS, **failed}, door="read_token"),
        "/v1/backup": _post("Copy what is stored at this moment.", _KNOWN, tokens, {"200": _TAR}, door="read_token"),
        "/healthz": _get("Ask whether it runs.", {"200": _object("It runs.")}),
        "/readyz": _get("Ask whether it can serve.", {"200": _object("It can."), "503": _object("It cannot.")}),
        "/metrics": _get("Read what it measures of itself.", {**_refusals("Message"), "200": _MEASURES}, tokens),
        "/openapi.json": _get("Read this.", {**_refusals("Message"), "200": _object("This.")}, tokens),
    }


_MEASURES: Schema = {
    "description": "In Prometheus' text format.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
_ROWS: Schema = {
    "description": "The rows, in the form that `Accept` asks for: an Arrow IPC stream (default), JSON or CSV.",
    "content": {
        "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        "text/csv": {"schema": {"type": "string"}},
    },
}

_TAR: Schema = {
    "description": "A tar stream: the hot file, its log, sealed files that are wanted, and `contents.json` as its end.",
    "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}},
}


def _signal(signal: str, tokens: Schema) -> Schema:
    """Describe an endpoint of OTLP, whose refusals are in the encoding of the request."""
    binary = {"application/x-protobuf": {"schema": {"type": "string", "format": "binary"}}}
    shape = {"schema": {"$ref": f"#/components/schemas/{signal.capitalize()}"}}
    answers = {"200": _object("It is durable.")} | _refusals("Refusal")
    for answer in answers.values():
        answer["content"] |= binary
    described = _post(f"Store {signal} (OTLP/HTTP).", {}, tokens, answers)
    described["post"]["requestBody"]["content"] = {"application/json": shape} | binary
    return described


def _profiles(tokens: Schema) -> Schema:
    described = _signal("traces", tokens)
    post = described["post"]
    post["summary"] = "Answer that profiles are not kept (OTLP/HTTP)."
    post["responses"]["200"]["description"] = "None is kept; `partialSuccess` says how many there were."
    shape: Schema = {}  # what a profile holds is not looked at
    for name in ("profiles", "scopeProfiles", "resourceProfiles"):
        shape = {"type": "object", "properties": {name: {"type": ["array", "null"], "items": shape}}}
    post["requestBody"]["content"]["application/json"] = {"schema": shape}
    return described


def _post(what: str, body: Schema, tokens: Schema, answers: Schema, door: str = "ingest_token") -> Schema:
    operation = {
        "summary": what,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": _refusals("Message") | answers,
    }
    return {"post": operation | _security(door, tokens)}


def _get(what: str, answers: Schema, tokens: Schema | None = None) -> Schema:
    return {"get": {"summary": what, "responses": answers} | _security("read_token", tokens or {})}


def _guarded(item: Schema, tokens: Schema) -> Schema:
    return {method: operation | _security("read_token", tokens) for method, operation in item.items()}


def _security(door: str, tokens: Schema) -> Schema:
    return {"security": [{door: []}]} if door in tokens else {}


def _refusals(schema: str) -> Schema:
    return {status: _answer(text, schema) for status, text in _REFUSALS.items()}


def _answer(text: str, schema: str) -> Schema:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": text, "content": {"application/json": {"schema": reference}}}


def _object(text: str) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
