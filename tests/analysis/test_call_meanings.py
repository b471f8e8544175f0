"""What a failed call means: by its own system's codes, by what came before it, by who answered."""

from typing import Any

import pytest

APP = "app.unhandled_exception"

#: (columns of the call's span, status text, cause) of a failed call that ended the request without an exception on record.
CALLS = [
    ({"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051, "rpc_response_status_code": "14"}, "", "upstream.unreachable"),
    ({"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051, "rpc_response_status_code": "4"}, "", "upstream.timeout"),
    ({"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051, "rpc_response_status_code": "UNAVAILABLE"}, "name resolution failed: no such host", "upstream.dns"),
    ({"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051, "rpc_response_status_code": "RESOURCE_EXHAUSTED"}, "", "upstream.rate_limited"),
    ({"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051, "rpc_response_status_code": "13"}, "boom", "upstream.error_response"),
    ({"rpc_system": "aws-api", "rpc_service": "S3", "server_address": "s3.example", "server_port": 443}, "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "config.bad_credentials"),
    ({"url_full": "http://stock:8081/items"}, 'Get "http://stock:8081/items": dial tcp 10.0.0.7:8081: connect: connection refused', "upstream.unreachable"),
    ({"db_system_name": "postgresql", "server_address": "db"}, "context deadline exceeded", "database.timeout"),
    ({"db_system_name": "postgresql", "server_address": "db", "db_response_status_code": "40001"}, "", "database.serialization_failure"),
    ({"db_system_name": "mysql", "server_address": "db", "db_response_status_code": "1205"}, "", "database.lock_timeout"),
    ({"db_system_name": "mysql", "server_address": "db", "db_response_status_code": "40001"}, "", "database.deadlock"),
    ({"db_system_name": "mysql", "server_address": "db", "db_response_status_code": "42000"}, "Unknown database 'shop'", "config.schema_drift"),
    ({"db_system_name": "mariadb", "server_address": "db", "db_response_status_code": "1213"}, "", "database.deadlock"),
    ({"db_system_name": "microsoft.sql_server", "server_address": "db", "db_response_status_code": "1205"}, "", "database.deadlock"),
    ({"db_system_name": "microsoft.sql_server", "server_address": "db", "db_response_status_code": "1222"}, "", "database.lock_timeout"),
    ({"db_system_name": "oracle.db", "server_address": "db", "db_response_status_code": "ORA-00054"}, "", "database.lock_timeout"),
    ({"db_system_name": "oracle.db", "server_address": "db", "db_response_status_code": "28001"}, "", "config.bad_credentials"),
    ({"db_system_name": "mongodb", "server_address": "db", "db_response_status_code": "50"}, "", "database.timeout"),
    ({"db_system_name": "redis", "server_address": "cache"}, "redis: connection pool timeout", "app.pool_exhausted"),
    ({"messaging_system": "kafka", "server_address": "broker"}, "kafka: client has run out of available brokers to talk to", "queue.unreachable"),
]  # fmt: skip


def test_a_failed_call_is_understood_by_its_own_system(scene: Any) -> None:
    """One number means different things to different servers; a remote procedure call has numbers of its own."""
    for number, (columns, text, _) in enumerate(CALLS, 1):
        trace = f"{number:032x}"
        entry = scene.server("shop", 500, trace_id=trace)
        scene.call("shop", entry, at=1, lasts=7, trace_id=trace, name="call", status_message=text, **columns)
    said = {verdict["trace_id"]: verdict["cause"] for verdict in scene.verdicts()}
    assert [cause for _, _, cause in CALLS] == [said[f"{number:032x}"] for number in range(1, len(CALLS) + 1)]


def test_a_remote_procedure_is_named_by_its_address(scene: Any) -> None:
    """With its scheme, as a callee that sends no spans is."""
    entry = scene.server("shop", 500)
    scene.call(
        "shop",
        entry,
        at=1,
        lasts=7,
        rpc_system="grpc",
        server_address="stock",
        server_port=50051,
        rpc_response_status_code="14",
    )
    assert "grpc://stock:50051" == scene.verdict()["component"]


def weighed(scene: Any, status: str, **columns: Any) -> tuple[str, str]:
    """Let a service that sends spans end a procedure with this status; return cause and component."""
    entry = scene.server("shop", 500)
    asked = {"rpc_system": "grpc", "rpc_response_status_code": status}
    call = scene.call("shop", entry, at=1, lasts=7, server_address="barn", server_port=50051, **asked)
    served = {"http_request_method": "", "http_route": "", "url_path": "", "http_response_status_code": 0}
    scene.span("granary", "lab.Granary/Weigh", parent=call, at=2, lasts=5, kind=2, **served | asked | columns)
    said = f"rpc error: code = {status.title().replace('_', '')} desc = no"
    scene.raises(entry, "*status.Error", said)
    verdict = scene.verdict()
    return verdict["cause"], verdict["component"]


@pytest.mark.parametrize(
    ("status", "cause", "component"),
    [
        ("UNAUTHENTICATED", "config.bad_credentials", "shop"),
        ("NOT_FOUND", "app.call_rejected", "shop"),
        ("RESOURCE_EXHAUSTED", "upstream.rate_limited", "granary"),
    ],
)
def test_a_procedure_that_was_rightly_refused_is_no_failure_of_its_callee(
    scene: Any, status: str, cause: str, component: str
) -> None:
    """The callee's own span is not in error, as one that answers with 4xx is not."""
    assert (cause, component) == weighed(scene, status)


def test_a_callee_that_says_unavailable_of_itself_is_who_fails(scene: Any) -> None:
    """It was reached, and its own span bears the status."""
    assert ("app.error_response", "granary") == weighed(scene, "UNAVAILABLE", status_code=2)


def test_a_panic_that_ended_the_span_of_the_request_is_believed_whatever_its_type(scene: Any) -> None:
    """Nobody caught it: the span has no status of an answer."""
    line = scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    entry = scene.server("shop", 0, parent=line, status_code=0)
    scene.raises(entry, "*errors.errorString", "an invoice without a line")
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    verdict = scene.verdict()
    assert ("app.unhandled_exception", "shop") == (verdict["cause"], verdict["component"])


def test_a_bare_connect_is_whose_client_speaks_of_that_address(scene: Any) -> None:
    """Netty's span tells no more than the address; Lettuce's exception tells what was wanted there."""
    entry = scene.server("shop", 500)
    words = "finishConnect(..) failed with error(-111): Connection refused"
    at = {"server_address": "10.0.0.7", "server_port": 6379}
    scene.call(
        "shop", entry, at=1, lasts=2, name="CONNECT", error_type="java.net.ConnectException", status_message=words, **at
    )
    told = {"callee_system": "redis", "callee_address": "10.0.0.7", "callee_port": 6379}
    scene.raises(entry, "java.net.ConnectException", words, **told)
    verdict = scene.verdict()
    assert ("cache.unreachable", "redis://10.0.0.7:6379") == (verdict["cause"], verdict["component"])


def test_the_statement_that_broke_the_transaction_is_the_origin(scene: Any) -> None:
    """The app caught the first error and went on; what it saw in the end is only that the transaction is aborted."""
    entry = scene.server("shop", 500)
    first = scene.query(
        "shop", entry, at=1, lasts=1, db_response_status_code="23505", db_query_text="insert into orders"
    )
    scene.raises(first, "psycopg.errors.UniqueViolation", "duplicate key value", at=2, error_code="23505")
    last = scene.query("shop", entry, at=4, lasts=1, db_response_status_code="25P02")
    message = "current transaction is aborted, commands ignored until end of transaction block"
    for span in (last, entry):
        scene.raises(span, "psycopg.errors.InFailedSqlTransaction", message, at=5, error_code="25P02")
    verdict = scene.verdict()
    assert ("app.constraint_violation", "shop") == (verdict["cause"], verdict["component"])


def test_an_answer_that_was_read_long_before_is_not_blamed(scene: Any) -> None:
    """Between the good answer and the bad text lies a query: the text came from there."""
    entry = scene.server("shop", 500)
    scene.call("shop", entry, at=1, lasts=2, failed=False, url_full="http://stock/items", http_response_status_code=200)
    scene.query("shop", entry, at=5, lasts=1, failed=False)
    scene.raises(entry, "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", at=8)
    assert "app.unhandled_exception" == scene.verdict()["cause"]


def test_a_bad_answer_of_a_traced_service_is_blamed_on_the_service(scene: Any) -> None:
    """Its own span below the call tells its name."""
    entry = scene.server("shop", 500)
    call = scene.call(
        "shop", entry, at=1, lasts=4, failed=False, url_full="http://stock:80/items", http_response_status_code=200
    )
    scene.server("stock", 200, parent=call, at=2, lasts=2)
    scene.raises(entry, "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", at=6)
    verdict = scene.verdict()
    assert ("upstream.bad_payload", "stock") == (verdict["cause"], verdict["component"])


def test_a_bare_socket_error_is_left_to_the_call_that_failed(scene: Any) -> None:
    """The call's span knows what the connection was for."""
    entry = scene.server("shop", 500)
    call = scene.query("shop", entry, at=1, lasts=2)
    for span, at in ((call, 2), (entry, 3)):
        scene.raises(span, "java.net.ConnectException", "Connection refused", at=at)
    verdict = scene.verdict()
    assert ("database.unreachable", "postgresql://db:5432/shop") == (verdict["cause"], verdict["component"])


def test_who_may_come_in_at_all_is_the_database_servers_set_up(scene: Any) -> None:
    """A line that is missing in pg_hba.conf is missing there, a wrong password in the app."""
    for number, message in enumerate(('no pg_hba.conf entry for host "10.0.0.2"', "password authentication failed"), 1):
        entry = scene.server("shop", 500, trace_id=f"{number:032x}")
        scene.raises(
            entry, "psycopg.OperationalError", f'connection to server at "db", port 5432 failed: FATAL:  {message}'
        )
    assert ["postgresql://db:5432", "shop"] == [verdict["component"] for verdict in scene.verdicts()]


def test_an_exception_of_the_apps_own_making_right_after_a_failed_call_is_its_wrapper(scene: Any) -> None:
    """It names no cause, but nothing else happened; a slip in the code, or one that came later, is another trouble."""
    for number, (kind, at) in enumerate(
        (("shop.errors.OrderNotLoaded", 4), ("KeyError", 4), ("shop.errors.OrderNotLoaded", 40)), 1
    ):
        trace = f"{number:032x}"
        entry = scene.server("shop", 500, trace_id=trace, lasts=50)
        query = scene.query("shop", entry, at=1, lasts=2, trace_id=trace, db_response_status_code="40P01")
        scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=3, error_code="40P01")
        scene.raises(entry, kind, "'x'", at=at)
    assert ["database.deadlock", APP, APP] == [verdict["cause"] for verdict in scene.verdicts()]


def test_an_exception_that_only_the_status_text_tells_is_no_answer_of_choice(scene: Any) -> None:
    """The span's own text names its type; a framework's way to say a status is an answer."""
    for number, text in enumerate(
        ("ValueError: boom", "java.lang.IllegalStateException: boom", "HTTPException: 500", ""), 1
    ):
        scene.server("shop", 500, trace_id=f"{number:032x}", status_message=text)
    assert [APP, APP, "app.error_response", "app.error_response"] == [verdict["cause"] for verdict in scene.verdicts()]


def test_a_name_that_lacks_a_part_is_the_same_component(scene: Any) -> None:
    """The pool's span leaves the port off, the driver's below it has it."""
    entry = scene.server("shop", 500)
    pool = scene.query("shop", entry, name="pg-pool.connect", at=1, lasts=6, server_port=0)
    connect = scene.query("shop", pool, name="pg.connect", at=2, lasts=4)
    for span, at in ((connect, 6), (pool, 7), (entry, 8)):
        scene.raises(span, "ECONNREFUSED", "connect ECONNREFUSED 10.0.0.5:5432", at=at)
    verdict = scene.verdict()
    assert ("postgresql://db:5432/shop", "database.unreachable") == (verdict["component"], verdict["cause"])
    assert verdict["confidence"] >= 0.8
