"""Rows of Azure's Application Insights: requests, dependencies, exceptions and traces.

Source: learn.microsoft.com, "Application Insights telemetry data model": the tables `requests`, `dependencies`,
`exceptions` and `traces` of a resource, `AppRequests` … of a Log Analytics workspace; answers of the query API;
envelopes as SDKs send them.
"""

from collections.abc import Iterable, Iterator
from hashlib import md5

import msgspec

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_list, is_object, known, path_of, rows, table, text
from culpa.collector.dialects.span import Record, Span, pieces_of
from culpa.collector.dialects.stack import Frame, Raised, printed
from culpa.collector.dialects.times import spanned, written
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import names_by_any_name

_BEGIN = late_pattern(rb"\s*[\[{]")
_ROWS = (
    late_pattern(
        rb'"(?:itemType|Type|\$table|type)"\s*:\s*"(?:request|dependency|exception|trace|App(?:Requests|Dependencies|Exceptions|Traces))"'
    ),
    late_pattern(rb'"(?:operation_Id|OperationId)"\s*:'),
)
_ANSWER = (late_pattern(rb'"tables"\s*:\s*\['), late_pattern(rb'"name"\s*:\s*"(?:operation_Id|OperationId)"'))
_ENVELOPE = late_pattern(rb'"baseType"\s*:\s*"(?:Request|RemoteDependency|Exception|Message)Data"')
_NOT_WORD = late_pattern(r"[^a-z0-9]")
_KINDS = {
    "request": "request",
    "requests": "request",
    "apprequests": "request",
    "requestdata": "request",
    "dependency": "dependency",
    "dependencies": "dependency",
    "appdependencies": "dependency",
    "remotedependencydata": "dependency",
    "exception": "exception",
    "exceptions": "exception",
    "appexceptions": "exception",
    "exceptiondata": "exception",
    "trace": "trace",
    "traces": "trace",
    "apptraces": "trace",
    "messagedata": "trace",
}
#: What one form of rows calls what another calls otherwise, both without signs and capitals.
_SAME = {
    "timegenerated": "timestamp",
    "time": "timestamp",
    "parentid": "operationparentid",
    "approlename": "cloudrolename",
    "approleinstance": "cloudroleinstance",
    "appversion": "applicationversion",
    "durationms": "duration",
    "dependencytype": "type",
    "exceptiontype": "type",
    "responsecode": "resultcode",
    "properties": "customdimensions",
}
_TAGS = {
    "ai.operation.id": "operationid",
    "ai.operation.parentId": "operationparentid",
    "ai.operation.name": "operationname",
    "ai.cloud.role": "cloudrolename",
    "ai.cloud.roleInstance": "cloudroleinstance",
    "ai.application.ver": "applicationversion",
    "ai.internal.sdkVersion": "sdkversion",
}
_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_NUMBERS = (5, 9, 13, 17, 21)
_LEVEL_NAMES = {"verbose": 0, "information": 1, "warning": 2, "error": 3, "critical": 4}
#: How an SDK's version begins, and its language.
_LANGUAGES = {"java": "java", "node": "nodejs", "py": "python", "ext": "nodejs", "go": "go"}
_STACKS = {"java": "java", "python": "python", "nodejs": ""}
_SPAN_PARTS = late_pattern(r"[|.]")
#: `tcp:server.example,1433 | orders`, `server.example:5432 | orders`, `server.example`.
_TARGET = late_pattern(r"(?:tcp:)?(?P<host>[^\s,:|]{1,253})(?:[,:](?P<port>\d{1,5}))?(?: ?\| ?(?P<name>[^|]{1,200}))?")
_METHOD = late_pattern(r"([A-Z]{3,8}) ")
_Row = dict[str, Value]


def _is_spoken(head: bytes) -> bool:
    if not _BEGIN.match(head):
        return False
    return any(all(key.search(head) for key in keys) for keys in (_ROWS, _ANSWER, (_ENVELOPE,)))


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of(_read(values))


def _read(values: Iterable[Value]) -> Iterator[Span | Record]:
    count = 0
    for row in _rows(values):
        kind = _KINDS.get(_spelled(row.get("itemtype") or row.get("table") or row.get("type")))
        if kind in ("request", "dependency"):
            yield _request(row) if kind == "request" else _dependency(row)
        elif kind:
            yield _exception(row) if kind == "exception" else _trace(row)
        count += kind is not None
    if not count:
        raise Unreadable("no request, dependency, exception or trace")


def _rows(values: Iterable[Value]) -> Iterator[_Row]:
    for value in rows(list(values)):
        if is_list(value.get("tables")):
            for one in rows(value["tables"]):
                yield from _of_table(one)
        elif is_object(value.get("data")) and "baseType" in table(value, "data"):
            yield _of_envelope(value)
        else:
            yield _named(value)


def _of_table(answer: dict[str, Value]) -> Iterator[_Row]:
    """Yield the rows of an answer of the query API, whose columns stand apart."""
    names = [text(column.get("name")) for column in rows(answer.get("columns"))]
    told = {"table": answer.get("name")} if _spelled(answer.get("name")) in _KINDS else {}
    lists: Value = answer.get("rows")
    for row in lists if is_list(lists) else ():
        if is_list(row):
            yield told | _named(dict(zip(names, row, strict=False)))


def _of_envelope(value: dict[str, Value]) -> _Row:
    data, tags = table(value, "data"), table(value, "tags")
    told: _Row = {"timestamp": value.get("time"), "itemtype": data.get("baseType")}
    return _named(table(data, "baseData")) | told | {name: tags[key] for key, name in _TAGS.items() if key in tags}


def _named(value: dict[str, Value]) -> _Row:
    """Return a row under the names that all forms share; `Type` of a workspace's row is its table."""
    told: _Row = {}
    for key, one in value.items():
        name = _spelled(key)
        if one is None or one == "":
            continue  # rows of several tables have the columns of all
        is_table = name == "type" and _spelled(one) in _KINDS and "itemType" not in value
        told["table" if is_table else _SAME.get(name, name)] = one
    return told


def _spelled(name: Value) -> str:
    return _NOT_WORD.sub("", text(name).lower())


def _request(row: _Row) -> Span:
    url, name = text(row.get("url")), text(row.get("name") or row.get("operationname"))
    method = _METHOD.match(name)
    code, start = text(row.get("resultcode")), written(row.get("timestamp"))
    return Span(
        _trace_id(row),
        _span_id(row.get("id")),
        name,
        start,
        start + _duration(row.get("duration")),
        parent_id=_parent(row),
        kind=2,
        status=_status(row),
        attributes=known(
            {
                "http.request.method": method[1] if method else "",
                "url.path": path_of(url) if url else "",
                "http.response.status_code": int(code) if code.isdecimal() and len(code) == 3 else None,
            }
        )
        | _dimensions(row),
        resource=_resource(row),
    )


def _dependency(row: _Row) -> Span:
    start, code = written(row.get("timestamp")), text(row.get("resultcode"))
    failed = _status(row)
    return Span(
        _trace_id(row),
        _span_id(row.get("id")),
        text(row.get("name")),
        start,
        start + _duration(row.get("duration")),
        parent_id=_parent(row),
        kind=1 if text(row.get("type")).lower().startswith("inproc") else 3,
        status=failed,
        message=code if failed == 2 and not code.lstrip("-").isdecimal() and len(code) > 3 else "",
        attributes=known(_called(row, code)) | _dimensions(row),
        resource=_resource(row),
    )


def _called(row: _Row, code: str) -> _Row:
    """Return what a dependency tells of whom it called: by its type, and the words of its target."""
    kind, data = text(row.get("type")).lower(), text(row.get("data"))
    system = "mssql" if kind == "sql" else names_by_any_name().get(kind, "")
    where = _TARGET.fullmatch(text(row.get("target")).strip())
    address = {"server.address": where["host"], "server.port": int(where["port"] or 0) or None} if where else {}
    if system:
        told = {"db.system.name": system, "db.namespace": where["name"] if where else "", "db.query.text": data}
        return (
            address | told | {"db.response.status_code": code if code.lstrip("-").isdecimal() and code != "0" else ""}
        )
    is_http = kind.startswith("http") or "://" in data
    status = int(code) if is_http and code.isdecimal() and len(code) == 3 else None
    method = _METHOD.match(text(row.get("name")))
    return address | {
        "http.request.method": method[1] if method and is_http else "",
        "url.full": data if "://" in data else "",
        "http.response.status_code": status,
        "peer.service": "" if is_http or address else text(row.get("target")),
    }


def _exception(row: _Row) -> Record:
    chain = list(_chain(row))
    message = chain[0].message if chain else ""
    told = {"exception.type": chain[0].type, "exception.message": message} if chain else {}
    language = text(_resource(row).get("telemetry.sdk.language"))
    told["exception.stacktrace"] = printed(_STACKS.get(language, "dotnet"), chain)
    return _record(row, message or text(row.get("problemid")), known(told))


def _trace(row: _Row) -> Record:
    return _record(row, text(row.get("message")), {})


def _record(row: _Row, body: str, attributes: _Row) -> Record:
    level = row.get("severitylevel")
    named = _LEVEL_NAMES.get(text(level).lower())
    number = named if named is not None else int(text(level)) if text(level) in ("0", "1", "2", "3", "4") else None
    number = (3 if attributes else 1) if number is None else number
    category = table({"own": _parsed(row.get("customdimensions"))}, "own").get("CategoryName")
    return Record(
        written(row.get("timestamp")),
        body,
        _LEVELS[number],
        _trace_id(row),
        _parent(row),
        severity_number=_NUMBERS[number],
        attributes=known({"log.logger": text(category)}) | attributes,
        resource=_resource(row),
    )


def _chain(row: _Row) -> Iterator[Raised]:
    """Yield the exceptions from the one that was caught to the innermost."""
    details = [_lower(one) for one in rows(_parsed(row.get("details") or row.get("exceptions")))]
    for one in details[:32]:
        frames = [_lower(each) for each in rows(_parsed(one.get("parsedstack")))]
        yield Raised(text(one.get("type") or one.get("typename")), text(one.get("message")), _frames(frames))
    if not details:
        outer = text(row.get("outertype") or row.get("type")), text(row.get("outermessage") or row.get("message"))
        inner = text(row.get("innermosttype")), text(row.get("innermostmessage"))
        yield from (Raised(kind, words) for kind, words in dict.fromkeys((outer, inner)) if kind)


def _frames(frames: list[_Row]) -> list[Frame]:
    """Return frames from the outermost to the one that raised; rows have them the other way round."""
    return [
        Frame(
            text(one.get("filename")),
            one["line"] if isinstance(one.get("line"), int) and 0 < one["line"] < 10_000_000 else 0,
            text(one.get("method")),
        )
        for one in reversed(frames)
    ]


def _lower(value: dict[str, Value]) -> _Row:
    return {key.lower(): one for key, one in value.items()}


def _dimensions(row: _Row) -> _Row:
    """Return what the app itself added, as far as it is named as OpenTelemetry's attributes are."""
    own = table({"own": _parsed(row.get("customdimensions"))}, "own")
    return {key: one for key, one in own.items() if "." in key and not is_object(one) and not is_list(one)}


def _resource(row: _Row) -> _Row:
    sdk = text(row.get("sdkversion")).lower().rpartition("_")[2]
    language = next((name for start, name in _LANGUAGES.items() if sdk.startswith(start)), "dotnet" if sdk else "")
    return known(
        {
            "service.name": text(row.get("cloudrolename")),
            "service.instance.id": text(row.get("cloudroleinstance")),
            "service.version": text(row.get("applicationversion")),
            "telemetry.sdk.language": language,
        }
    )


def _trace_id(row: _Row) -> str:
    return ids.trace_id(row.get("operationid")) or _made(text(row.get("operationid")))


def _made(given: str) -> str:
    return md5(given.encode(), usedforsecurity=False).hexdigest() if given else ""


def _span_id(value: Value) -> str:
    """Return a span's id: of hierarchical ones, `|trace.span.`, the last part that is an id, or one made of it."""
    whole = text(value)
    last = next((part for part in reversed(_SPAN_PARTS.split(whole)) if part), "")
    return ids.span_id(last) or _made(whole)[:16]


def _parent(row: _Row) -> str:
    """Return the parent: a request that nobody called has the operation itself in its place."""
    given = text(row.get("operationparentid"))
    return "" if given == text(row.get("operationid")) else _span_id(given) if given else ""


def _status(row: _Row) -> int:
    return 2 if text(row.get("success")).lower() in ("false", "0") else 0


def _duration(value: Value) -> int:
    """Return ns of a duration: ms as rows have it, or a clock as envelopes do."""
    clock = spanned(text(value))
    if clock is not None:
        return clock
    try:
        return min(max(0, round(float(text(value)) * 1_000_000)), 2**62)
    except (ValueError, OverflowError):
        return 0


def _parsed(value: Value) -> Value:
    """Return a column that holds JSON, also where it is written as a text."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


APP_INSIGHTS = Dialect("Application Insights", _is_spoken, _pieces)
