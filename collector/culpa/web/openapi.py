"""The page's JSON endpoints in OpenAPI 3.1, which the collector serves with its own."""

from typing import Any, Final

from culpa.analysis.surface.filters import KINDS, NAMES

Schema = dict[str, Any]

#: What each filter means, for whoever reads a schema.
MEANING: Final = {
    "service": "Had any part in the request.",
    "component": "Is to blame.",
    "layer": "Of what is to blame: database, app, upstream, …",
    "cause": "A code such as database.deadlock, or a whole layer.",
    "route": "A route, or a path.",
    "status": "What the client got.",
    "release": "A service.version seen in the trace.",
    "since": "A duration back from now (1h, 2d) or an ISO time.",
    "until": "As since; what ends then is no longer meant.",
    "text": "In names, exceptions, paths, places and ids, in any letters' case.",
    "kind": "Of the work that failed: request (which is meant where nothing is said), task, message, job or all.",
}
_MOMENT: Final = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_WINDOW: Final[Schema] = {
    "name": "window",
    "in": "query",
    "required": False,
    "schema": {"enum": ["1h", "6h", "24h", "7d", "30d", ""]},
}
_LIMIT: Final[Schema] = {
    "name": "limit",
    "in": "query",
    "required": False,
    "description": "At most so many rows, 1 to 1000.",
    "schema": {"type": "string", "pattern": "^([1-9][0-9]{0,2}|1000)?$"},
}
_NAME: Final[Schema] = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "description": "A trace id, or at least its first 8 digits; or a problem's fingerprint.",
}


def _filter(name: str) -> Schema:
    schema: Schema = {"type": "string", "maxLength": 500}
    if name == "status":
        schema = {"type": "string", "pattern": "^([1-9][0-9]{2})?$"}
    if name == "kind":
        schema = {"enum": ["", *KINDS]}
    if name in ("since", "until"):
        schema = {"type": "string", "pattern": f"^([0-9]{{1,4}}[smhdw]|{_MOMENT})?$"}
    return {"name": name, "in": "query", "required": False, "description": MEANING[name], "schema": schema}


#: What the files of each kind are, as a schema can say it.
_SCHEMAS: Final[dict[str, Schema]] = {
    "application/json": {"type": "object"},
    "application/jsonl": {"type": "string"},
    "application/vnd.duckdb": {"type": "string", "format": "binary"},
}
_FILTERS: Final = [_filter(name) for name in NAMES]
_OF_CHANGES: Final = [_filter(name) for name in ("service", "since", "until")]


def paths() -> Schema:
    """Return what each endpoint answers, by its path."""
    return {
        "/api/v1/problems": _get("List problems, those that do most harm first.", [*_FILTERS, _WINDOW]),
        "/api/v1/verdicts": _get("List failed requests, newest first.", [*_FILTERS, _LIMIT]),
        "/api/v1/requests": _get("List requests, failed or not.", [*_FILTERS, _LIMIT]),
        "/api/v1/explanations/{name}": _get("Explain the failed requests of a trace, or a problem.", [_NAME]),
        "/api/v1/requests/{name}.otlp.json": _get(
            "Return all spans and log records of a request as OTLP, an export of each signal a line.",
            [_NAME],
            "application/jsonl",
        ),
        "/api/v1/requests/{name}.duckdb": _get(
            "Return all that is kept of a request as a segment, which `culpa open` shows.",
            [_NAME],
            "application/vnd.duckdb",
        ),
        "/api/v1/map": _get("Say who calls whom, and who fails because of whom.", [_WINDOW]),
        "/api/v1/changes": _get("List what was changed, newest first.", _OF_CHANGES),
        "/api/v1/health": _get("Say whether culpa is well, and who sends.", []),
    }


def _get(summary: str, parameters: list[Schema], media_type: str = "application/json") -> Schema:
    message = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}}
    refused = {
        "400": "A filter or an id cannot be read.",
        "401": "A token is wanted.",
        "403": "Another token is wanted, or the request comes from a page, or to a Host, that is not known here.",
        "404": "Nothing is known under that id.",
        "422": "The question failed.",
        "503": "It cannot be answered now.",
    }
    answers: Schema = {status: {"description": text, **message} for status, text in refused.items()}
    answers["200"] = {"description": "The answer.", "content": {media_type: {"schema": _SCHEMAS[media_type]}}}
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}
