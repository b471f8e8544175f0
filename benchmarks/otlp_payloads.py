"""Make realistic OTLP trace payloads, always the same: a shop of six services, three pods each.

A request is a server span with 2-5 children (SQL, HTTP, own code); 10 attributes a span, 22 of the resource;
about 3 % of the spans hold an exception with a stack of 3 KB.
"""

import base64
import random
import re
from collections.abc import Iterator

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

SERVICES = ("checkout", "cart", "catalog", "payment", "accounts", "shipping")
PODS = 3
START_NS = 1_795_300_000_000_000_000
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.0",
    "python-httpx/0.29.1",
    "okhttp/5.1.0",
)
ROUTES = (("GET", "items"), ("GET", "items/{item_id}"), ("POST", "orders"), ("PUT", "orders/{order_id}"))
QUERIES = (
    (
        "SELECT",
        "orders",
        "SELECT id, customer_id, total FROM orders WHERE customer_id = $1 ORDER BY created DESC LIMIT $2",
    ),
    (
        "INSERT",
        "orders",
        "INSERT INTO orders (customer_id, total, created) VALUES ($1, $2, now()) RETURNING id",
    ),
    ("UPDATE", "stock", "UPDATE stock SET quantity = quantity - $1 WHERE sku = $2 AND quantity >= $1"),
    ("SELECT", "users", "SELECT id, email, display_name FROM users WHERE id = $1"),
)
ERRORS = (
    ("psycopg.OperationalError", "server closed the connection unexpectedly"),
    ("httpx.ReadTimeout", "timed out after 5.0s"),
    ("ValueError", "invalid literal for int() with base 10: 'ab\u00e7'"),
    ("KeyError", "'order_id'"),
)
FILES = (
    "site-packages/starlette/routing.py",
    "site-packages/fastapi/routing.py",
    "site-packages/sqlalchemy/engine/base.py",
    "site-packages/psycopg/connection.py",
    "shop/orders.py",
    "shop/pricing.py",
)
_ID = re.compile(r'"((?:trace|span|parentSpan)Id)": ?"([^"]*)"')
FUNCTIONS = ("app", "wrapped_app", "run_endpoint_function", "execute", "compute_total", "send")


def make_payloads(requests: int, spans: int, seed: int = 1) -> list[bytes]:
    """Return serialized requests of about `spans` spans, each from one pod."""
    random_ = random.Random(seed)
    clock = iter(range(START_NS, START_NS + 10**15, 150_000))
    return [_request(random_, clock, spans).SerializeToString() for _ in range(requests)]


def json_of(body: bytes) -> bytes:
    """Return a request as SDKs write it in JSON: ids in hex, where protobuf's own JSON has base64."""
    text = MessageToJson(ExportTraceServiceRequest.FromString(body), use_integers_for_enums=True, indent=None)
    return _ID.sub(lambda found: f'"{found[1]}":"{base64.b64decode(found[2]).hex()}"', text).encode()


def _request(random_: random.Random, clock: Iterator[int], spans: int) -> ExportTraceServiceRequest:
    service, pod = random_.choice(SERVICES), random_.randrange(PODS)
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url="https://opentelemetry.io/schemas/1.37.0")
    group.resource.attributes.extend(_pairs(_resource(service, pod)))
    scopes = {name: group.scope_spans.add() for name in ("fastapi", "psycopg", "httpx", "shop.tracing")}
    for name, scoped in scopes.items():
        scoped.scope.name = name if "." in name else f"opentelemetry.instrumentation.{name}"
        scoped.scope.version = "0.66b1"
    made = 0
    while made < spans:
        made += _trace(random_, next(clock), service, scopes)
    return request


def _resource(service: str, pod: int) -> dict[str, object]:
    return {
        "service.name": service,
        "service.namespace": "shop",
        "service.version": f"2.{len(service)}.{pod}",
        "service.instance.id": f"{service}-{pod}-0123456789abcdef",
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.1",
        "host.name": f"ip-10-0-{pod}-{len(service)}.internal",
        "process.pid": 7,
        "process.command_args": ["uvicorn", "shop.main:app"],
        **{f"k8s.label.{number}": f"value-{number}" for number in range(11)},
    }


def _trace(random_: random.Random, now: int, service: str, scopes: dict[str, ScopeSpans]) -> int:
    trace_id, failed = random_.randbytes(16), random_.random() < 0.08
    method, route = random_.choice(ROUTES)
    path = f"/api/v1/{route}".replace("{item_id}", str(random_.randint(1, 90_000)))
    path = path.replace("{order_id}", random_.randbytes(16).hex())
    client = f"10.0.{random_.randint(0, 255)}.{random_.randint(1, 254)}"
    duration = int(random_.lognormvariate(16.5, 1.0))
    server = scopes["fastapi"].spans.add(
        trace_id=trace_id,
        span_id=random_.randbytes(8),
        name=f"{method} /api/v1/{route}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now, end_time_unix_nano=now + duration, flags=257,
    )  # fmt: skip
    attributes: dict[str, object] = {
        "http.request.method": method,
        "url.scheme": "http",
        "url.path": path,
        "http.route": f"/api/v1/{route}",
        "http.response.status_code": 500 if failed else random_.choice((200, 200, 200, 201, 404)),
        "network.protocol.version": "1.1",
        "server.address": f"{service}.shop.svc",
        "server.port": 8000,
        "client.address": client,
        "client.port": random_.randint(32_768, 60_999),
        "network.peer.address": client,
        "user_agent.original": random_.choice(AGENTS),
    }
    server.attributes.extend(_pairs(attributes))
    children = random_.randint(2, 5)
    for number in range(children):
        child = _child(random_, service, scopes)
        child.trace_id, child.span_id, child.parent_span_id = trace_id, random_.randbytes(8), server.span_id
        child.start_time_unix_nano, child.end_time_unix_nano = now + 1000, now + duration // children
        if failed and number == children - 1 and random_.random() < 0.7:
            _fail(random_, child)
    if failed:
        _fail(random_, server)
    return children + 1


def _child(random_: random.Random, service: str, scopes: dict[str, ScopeSpans]) -> Span:
    dice = random_.random()
    if dice < 0.5:
        operation, table, query = random_.choice(QUERIES)
        span = scopes["psycopg"].spans.add(name=f"{operation} {table}", kind=Span.SPAN_KIND_CLIENT)
        attributes: dict[str, object] = {
            "db.system.name": "postgresql",
            "db.namespace": f"{service}_db",
            "db.operation.name": operation,
            "db.collection.name": table,
            "db.query.text": query,
            "db.query.summary": f"{operation} {table}",
            "server.address": f"pg-{service}.internal",
            "server.port": 5432,
            "network.peer.address": "10.9.0.7",
            "db.response.returned_rows": random_.randint(0, 200),
        }
    elif dice < 0.7:
        target = random_.choice(SERVICES)
        span = scopes["httpx"].spans.add(name="GET", kind=Span.SPAN_KIND_CLIENT)
        attributes = {
            "http.request.method": "GET",
            "url.full": f"http://{target}.shop.svc:8000/api/v1/items/{random_.randint(1, 90_000)}",
            "server.address": f"{target}.shop.svc",
            "server.port": 8000,
            "http.response.status_code": 200,
            "network.protocol.version": "1.1",
            "http.request.resend_count": 0,
            "user_agent.original": AGENTS[2],
        }
    else:
        span = scopes["shop.tracing"].spans.add(name="compute_total", kind=Span.SPAN_KIND_INTERNAL)
        attributes = {
            "code.function.name": "shop.pricing.compute_total",
            "code.file.path": "/srv/shop/pricing.py",
            "code.line.number": random_.randint(10, 900),
            "thread.id": 140_000_000_000_000 + random_.randint(0, 99),
            "thread.name": "MainThread",
            "app.user.id": f"u-{random_.randint(1, 50_000)}",
            "app.tenant": f"tenant-{random_.randint(1, 40)}",
            "app.order.total": round(random_.random() * 500, 2),
            "app.cache.hit": random_.random() < 0.5,
            "app.tags": random_.choice((["a", "b"], ["gold", "\u00e9"], [])),
        }
    span.attributes.extend(_pairs(attributes))
    return span


def _fail(random_: random.Random, span: Span) -> None:
    kind, message = random_.choice(ERRORS)
    lines = ["Traceback (most recent call last):"]
    while sum(map(len, lines)) < 2900:
        file, function = random_.choice(FILES), random_.choice(FUNCTIONS)
        lines.append(f'  File "/srv/{file}", line {random_.randint(10, 1900)}, in {function}')
        lines.append("    return await dependant.call(**values)")
    lines.append(f"{kind}: {message}\n")
    span.status.code, span.status.message = 2, f"{kind}: {message}"
    event = span.events.add(name="exception", time_unix_nano=span.end_time_unix_nano)
    event.attributes.extend(
        _pairs({"exception.type": kind, "exception.message": message, "exception.stacktrace": "\n".join(lines)})
    )


def _pairs(attributes: dict[str, object]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: object) -> AnyValue:
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, list):
        made.array_value.values.extend(_value(item) for item in value)
    else:
        made.string_value = str(value)
    return made
