"""Every cause of the contract can be reached: one small failure for each, and advice for it."""

from typing import Any

from culpa.knowledge import causes, runbook

#: cause -> (type, message) of the exception that ends the request.
RAISED = {
    "app.unhandled_exception": ("ZeroDivisionError", "division by zero"),
    "app.constraint_violation": ("PG::NotNullViolation", 'null value in column "total" violates not-null constraint'),
    "app.bad_query": ("org.postgresql.util.PSQLException", 'ERROR: syntax error at or near "selec"'),
    "app.import_error": ("ModuleNotFoundError", "No module named 'stripe'"),
    "app.worker_timeout": ("Rack::Timeout::RequestTimeoutException", "Request ran for longer than 15000ms"),
    "app.workers_exhausted": ("Rack::Timeout::RequestExpiryError", "Request older than 30000ms."),
    "app.pool_exhausted": ("sqlalchemy.exc.TimeoutError", "QueuePool limit of size 5 overflow 10 reached"),
    "app.slow": (
        "Symfony\\Component\\ErrorHandler\\Error\\FatalError",
        "Maximum execution time of 30 seconds exceeded",
    ),
    "database.unreachable": (
        "psycopg.OperationalError",
        'connection to server at "db", port 5432 failed: Connection refused',
    ),
    "database.crashed": ("Mysql2::Error::ConnectionError", "MySQL server has gone away"),
    "database.timeout": ("asyncpg.exceptions.QueryCanceledError", "canceling statement due to statement timeout"),
    "database.deadlock": ("pymysql.err.OperationalError", "(1213, 'Deadlock found when trying to get lock')"),
    "database.lock_timeout": ("psycopg.errors.LockNotAvailable", "canceling statement due to lock timeout"),
    "database.serialization_failure": ("psycopg.errors.SerializationFailure", "could not serialize access"),
    "database.too_many_connections": ("*pq.Error", "pq: sorry, too many clients already"),
    "database.read_only": ("psycopg.errors.ReadOnlySqlTransaction", "cannot execute INSERT in a read-only transaction"),
    "database.disk_full": ("psycopg.errors.DiskFull", "could not extend file: No space left on device"),
    "database.busy": ("sqlite3.OperationalError", "database is locked"),
    "database.error": ("psycopg.errors.DataCorrupted", "invalid page in block 7 of relation base/1/2"),
    "cache.unreachable": (
        "redis.exceptions.ConnectionError",
        "Error 111 connecting to cache:6379. Connection refused.",
    ),
    "cache.timeout": ("redis.exceptions.TimeoutError", "Timeout reading from socket"),
    "cache.error": (
        "redis.exceptions.ResponseError",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
    ),
    "queue.unreachable": ("kafka.errors.NoBrokersAvailable", "NoBrokersAvailable"),
    "queue.timeout": ("kafka.errors.KafkaTimeoutError", "Failed to update metadata after 60.0 secs."),
    "queue.error": ("pika.exceptions.ChannelClosedByBroker", "(404, \"NOT_FOUND - no exchange 'x' in vhost '/'\")"),
    "upstream.timeout": ("httpx.ReadTimeout", "The read operation timed out"),
    "upstream.unreachable": ("httpx.ConnectError", "[Errno 111] Connection refused"),
    "upstream.dns": ("java.net.UnknownHostException", "stock.internal"),
    "upstream.tls": ("requests.exceptions.SSLError", "certificate verify failed"),
    "upstream.bad_payload": ("requests.exceptions.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
    "config.missing_setting": ("Error", "Missing required environment variable: STRIPE_KEY"),
    "config.bad_credentials": ("psycopg.OperationalError", 'FATAL:  password authentication failed for user "app"'),
    "config.permission_denied": ("PermissionError", "[Errno 13] Permission denied: '/var/lib/shop/x'"),
    "config.schema_drift": ("sqlite3.OperationalError", "no such table: orders"),
    "host.memory_exhausted": ("MemoryError", ""),
    "host.disk_full": ("OSError", "[Errno 28] No space left on device"),
    "host.too_many_open_files": ("OSError", "[Errno 24] Too many open files"),
}

#: cause -> HTTP status of the outside service's answer.
ANSWERED = {"upstream.error_response": 503, "upstream.rate_limited": 429, "app.call_rejected": 409}

#: cause -> (status, the web server's own words) of a request that the app never answered.
REFUSED = {
    "app.down": (502, "connect() failed (111: Connection refused) while connecting to upstream"),
    "app.bad_response": (502, "upstream sent too big header while reading response header from upstream"),
    "config.rewrite_loop": (500, 'rewrite or internal redirection cycle while processing "/loop"'),
    "config.web_server": (
        502,
        "SSL_do_handshake() failed (SSL: wrong version number) while SSL handshaking to upstream",
    ),
    "web_server.limit": (503, 'limiting requests, excess: 0.9 by zone "one"'),
    "unknown": (504, "upstream timed out (110: Connection timed out) while reading response header from upstream"),
}


def _tell(scene: Any) -> dict[str, str]:
    """Add one failure per cause to the scene, and return which trace is whose."""
    traces = {cause: f"{number:032x}" for number, cause in enumerate(causes(), 1)}
    for cause, (kind, message) in RAISED.items():
        scene.raises(scene.server("shop", 500, trace_id=traces[cause]), kind, message)
    for cause, status in ANSWERED.items():
        entry = scene.server("shop", 500, trace_id=traces[cause])
        scene.call(
            "shop",
            entry,
            at=1,
            trace_id=traces[cause],
            url_full="https://pay.example/v1",
            http_response_status_code=status,
        )
    for number, (cause, (status, words)) in enumerate(REFUSED.items(), 50):
        joined = {"connection_id": str(number), "process_pid": number}
        passed_on = {"upstream": "app:8000", "upstream_status": str(status), "upstream_connect_ns": 1000}
        scene.access(
            status,
            trace_id=traces[cause],
            lasts=1000,
            **joined,
            **({} if cause.startswith(("config", "web")) else passed_on),
        )
        scene.error_line(words, **joined)
    scene.server("shop", 500, trace_id=traces["app.error_response"])
    killed = scene.access(
        502,
        upstream="shop:8000",
        upstream_status="502",
        trace_id=traces["app.worker_killed"],
        connection_id="9",
        process_pid=90,
    )
    scene.span(
        "shop",
        kind=2,
        parent=killed,
        trace_id=traces["app.worker_killed"],
        status_code=2,
        error_type="process_died",
        http_request_method="GET",
        lasts=2000,
    )
    scene.error_line(
        "upstream prematurely closed connection while reading response header from upstream",
        connection_id="9",
        process_pid=90,
    )
    return traces


def test_every_cause_of_the_contract_is_reached_and_advised_on(scene: Any) -> None:
    """A cause that no evidence leads to would be a promise without a product."""
    traces = _tell(scene)
    verdicts = {verdict["trace_id"]: verdict for verdict in scene.verdicts()}
    assert list(causes()) == [
        verdicts[trace]["cause"] if trace in verdicts else f"nothing for {cause}" for cause, trace in traces.items()
    ]
    assert [] == [cause for cause, trace in traces.items() if not runbook(verdicts[trace]["runbook"])]
    # A column that a cause does not fill stays empty.
    for cause, trace in traces.items():
        filled = {name for name in ("object", "location", "exception_type") if verdicts[trace][name]}
        assert (cause, set()) == (cause, filled - set(causes()[cause].fills))
