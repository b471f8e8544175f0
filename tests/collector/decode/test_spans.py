"""Attributes of old and new semantic conventions land in the same columns."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from culpa.collector.decode import Decoded, decode
from culpa.collector.tables import MAX_NS

from .conftest import START_NS, otlp_json

ReadSpan = Callable[..., dict[str, Any]]
SERVER, CLIENT = 2, 3


@pytest.mark.parametrize(
    ("kind", "attributes", "columns"),
    [
        (SERVER, {"http.request.method": "GET"}, {"http_request_method": "GET"}),
        (SERVER, {"http.method": "GET"}, {"http_request_method": "GET"}),
        (SERVER, {"http.status_code": 502}, {"http_response_status_code": 502}),
        (SERVER, {"http.response.status_code": 502}, {"http_response_status_code": 502}),
        (SERVER, {"http.target": "/a/b?c=1"}, {"url_path": "/a/b"}),
        (SERVER, {"http.target": "/old", "url.path": "/new"}, {"url_path": "/new"}),
        # a back end, or a Collector on the way, that knows no dots in names
        (
            SERVER,
            {"http_response_status_code": 502, "http_route": "/a"},
            {"http_response_status_code": 502, "http_route": "/a"},
        ),
        (SERVER, {"url_path": "/old", "url.path": "/new"}, {"url_path": "/new"}),
        (SERVER, {"url.path": "/new", "url_path": "/old"}, {"url_path": "/new"}),
        (
            CLIENT,
            {"db_system_name": "postgres", "server_address": "db"},
            {"db_system_name": "postgresql", "server_address": "db"},
        ),
        (
            SERVER,
            {"http.url": "http://shop:8000/a?b=1"},
            {"url_path": "/a", "url_scheme": "http", "server_address": ""},
        ),
        (
            CLIENT,
            {"url.full": "https://api.example:8443/v1/pay?x=1"},
            {
                "url_path": "/v1/pay",
                "server_address": "api.example",
                "server_port": 8443,
                "url_scheme": "https",
            },
        ),
        # Micrometer's names are common words: they mean this only where all are there.
        (
            SERVER,
            {"outcome": "SERVER_ERROR", "status": "500", "method": "GET", "uri": "/a/{id}", "http.url": "/a/7"},
            {
                "http_response_status_code": 500,
                "http_request_method": "GET",
                "http_route": "/a/{id}",
                "url_path": "/a/7",
            },
        ),
        (SERVER, {"status": "500", "method": "GET"}, {"http_response_status_code": 0, "http_request_method": ""}),
        (CLIENT, {"http.url": "http://user@[::1]:81/x"}, {"server_address": "::1", "server_port": 81}),
        (
            CLIENT,
            {"net.peer.name": "db", "net.peer.port": 5432},
            {"server_address": "db", "server_port": 5432},
        ),
        # on a span that was called, the peer is the client
        (SERVER, {"net.peer.port": 50123}, {"server_port": 0, "network_peer_port": 50123}),
        (
            SERVER,
            {"net.host.name": "shop", "net.host.port": 80},
            {"server_address": "shop", "server_port": 80},
        ),
        (
            SERVER,
            {"server.address": "127.0.0.1:21201"},
            {"server_address": "127.0.0.1", "server_port": 21201},
        ),
        (SERVER, {"server.address": "[::1]:80"}, {"server_address": "::1", "server_port": 80}),
        (SERVER, {"server.address": "::1"}, {"server_address": "::1", "server_port": 0}),
        (
            SERVER,
            {"server.address": "a:1", "server.port": 2},
            {"server_address": "a", "server_port": 2},
        ),
        (
            CLIENT,
            {"db.system": "postgres", "db.name": "shop"},
            {"db_system_name": "postgresql", "db_namespace": "shop"},
        ),
        (CLIENT, {"db.system": "mssql"}, {"db_system_name": "microsoft.sql_server"}),
        (CLIENT, {"db.system": "somethingelse"}, {"db_system_name": "somethingelse"}),
        (CLIENT, {"db.statement": "select 1 from t"}, {"db_query_text": "select ? from t"}),
        (
            CLIENT,
            {"db.sql.table": "t", "db.operation": "SELECT"},
            {"db_collection_name": "t", "db_operation_name": "SELECT"},
        ),
        (CLIENT, {"db.response.status_code": 1146}, {"db_response_status_code": "1146"}),
        (CLIENT, {"rpc.grpc.status_code": 14}, {"rpc_response_status_code": "14"}),
        (SERVER, {"grpc.status_code": "9"}, {"rpc_response_status_code": "9"}),
        (CLIENT, {"messaging.destination": "jobs"}, {"messaging_destination_name": "jobs"}),
        (CLIENT, {"db.redis.database_index": 2}, {"db_namespace": "2"}),
        (SERVER, {"code.function": "f", "code.namespace": "a.b"}, {"code_function_name": "a.b.f"}),
        (SERVER, {"code.function.name": "a.b.f", "code.namespace": "x"}, {"code_function_name": "a.b.f"}),
        (
            SERVER,
            {"code.filepath": "/a.py", "code.lineno": 7},
            {"code_file_path": "/a.py", "code_line_number": 7},
        ),
        (SERVER, {"error.type": 500}, {"error_type": "500"}),
    ],
)
def test_conventions_share_columns(
    read_span: ReadSpan, kind: int, attributes: dict[str, Any], columns: dict[str, Any]
) -> None:
    """One column, whatever the instrumentation's age."""
    row = read_span(attributes, kind=kind)
    assert columns == {name: row[name] for name in columns}


def test_a_promoted_key_of_another_type_stays_an_attribute(read_span: ReadSpan) -> None:
    """Nothing is lost, and nothing is guessed."""
    row = read_span({"http.response.status_code": "weird", "http.route": 1.5, "server.port": 70_000, "a": True})
    assert (0, "", 0) == (row["http_response_status_code"], row["http_route"], row["server_port"])
    kept = dict(zip(row["attr_keys"], row["attr_vals"], strict=True))
    assert {
        "http.response.status_code": "weird",
        "http.route": "1.5",
        "server.port": "70000",
        "a": "true",
    } == kept


def test_the_name_that_lost_stays_an_attribute(read_span: ReadSpan) -> None:
    """Where both conventions are sent, the newer one fills the column."""
    row = read_span({"http.method": "get", "http.request.method": "GET"})
    assert ("GET", ["http.method"], ["get"]) == (
        row["http_request_method"],
        row["attr_keys"],
        row["attr_vals"],
    )


@pytest.mark.parametrize("is_json", [False, True])
def test_nested_values_are_kept_as_json_and_entities_by_their_attributes(
    make_span: Callable[..., Any], is_json: bool
) -> None:
    """What an entity refers to are attributes of the resource; nothing else of it is needed to find them."""
    nested = {"list": [1, "a", None, {"deep": [True]}], "bytes": b"\x00\xff", "password": "hunter2"}
    resource = {"service.name": "shop", "service.instance.id": "i-1", "host.id": "h-1", "tags": {"team": ["red"]}}
    request = make_span({"cart": nested, "raw": b"abc", "none": None}, resource=resource)
    refs = request.resource_spans[0].resource.entity_refs
    refs.add(type="service.instance", id_keys=["service.instance.id"], description_keys=["service.name"])
    refs.add(type="host", id_keys=["host.id"])
    body = otlp_json(request) if is_json else request.SerializeToString()
    decoded = decode("traces", [body], is_json=is_json)
    [span], [of] = decoded.tables["spans"].to_pylist(), decoded.tables["resources"].to_pylist()
    kept = dict(zip(span["attr_keys"], span["attr_vals"], strict=True))
    expected = {"list": [1, "a", None, {"deep": [True]}], "bytes": "AP8=", "password": "[redacted]"}
    assert (expected, "YWJj", "") == (json.loads(kept["cart"]), kept["raw"], kept["none"])
    assert ("shop", "i-1", "h-1") == (of["service_name"], of["service_instance_id"], of["host_id"])
    assert ["tags", '{"team":["red"]}'] == [of["attr_keys"][0], of["attr_vals"][0]]


def test_of_a_repeated_key_the_last_value_wins(make_span: Callable[..., Any], decode_span: Any) -> None:
    """Keys are unique in the store."""
    request = make_span({"a": 1, "http.route": "/x"})
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="a").value.int_value = 2
    span.attributes.add(key="http.route").value.string_value = "/y"
    row = decode("traces", [request.SerializeToString()]).tables["spans"].to_pylist()[0]
    assert (["a"], ["2"], "/y") == (row["attr_keys"], row["attr_vals"], row["http_route"])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 0, (0, 0)),
        (START_NS, START_NS - 5, (START_NS, 0)),
        (2**64 - 1, 2**64 - 1, (MAX_NS, 0)),
        (5, 9, (5, 4)),
    ],
)
def test_times_fit_the_store(
    decode_span: Callable[..., Decoded], start: int, end: int, expected: tuple[int, int]
) -> None:
    """0 is kept, the far future is clamped, an end before its start lasts no time."""
    table = decode_span(start_time_unix_nano=start, end_time_unix_nano=end).tables["spans"]
    assert expected == (table["start_time"].cast("int64").to_pylist()[0], table["duration_ns"].to_pylist()[0])


def test_resources_are_known_by_their_attributes(decode_span: Callable[..., Decoded]) -> None:
    """The same attributes in another order are the same resource; another value is another one."""
    one = decode_span(resource={"service.name": "a", "host.name": "h", "x": [1, "b"], "process.pid": 7}).tables
    two = decode_span(resource={"process.pid": 7, "x": [1, "b"], "host.name": "h", "service.name": "a"}).tables
    other = decode_span(resource={"service.name": "b"}).tables
    row = one["resources"].to_pylist()[0]
    assert (
        row["resource_id"]
        == two["resources"].to_pylist()[0]["resource_id"]
        == one["spans"].to_pylist()[0]["resource_id"]
    )
    assert row["resource_id"] != other["resources"].to_pylist()[0]["resource_id"]
    assert ("a", "h", 7, ["x"], ['[1,"b"]']) == (
        row["service_name"], row["host_name"], row["process_pid"], row["attr_keys"], row["attr_vals"]
    )  # fmt: skip
    assert "" == decode_span(resource={}).tables["spans"].to_pylist()[0]["service_name"]


@pytest.mark.parametrize(
    ("fields", "attributes", "events", "expected"),
    [
        ({}, {"http.response.status_code": 200}, (), False),
        ({}, {"http.response.status_code": 404}, (), False),
        ({}, {"http.response.status_code": 500}, (), True),
        ({"status": {"code": 2}}, {}, (), True),
        ({}, {}, (("exception", {"exception.type": "KeyError"}),), True),
        ({}, {}, (("retry", {}),), False),
    ],
)
def test_a_trace_with_a_sign_of_failure_is_suspect(
    decode_span: Callable[..., Decoded], fields: Any, attributes: Any, events: Any, expected: bool
) -> None:
    """Status error, a 5xx answer, or an exception."""
    found = decode_span(attributes, events=events, **fields)
    assert (frozenset({"0" * 31 + "1"}) if expected else frozenset()) == found.suspects
