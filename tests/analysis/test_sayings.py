"""What drivers, clients and runtimes say when they fail, and the cause that it means."""

from typing import Any

from culpa.collector.exceptions.reading import read_exception

HEAD = 'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n'


def st(library: str) -> str:
    """Return a stack that ends in a library."""
    return HEAD + f'  File "/usr/lib/python3/site-packages/{library}/connection.py", line 3, in connect\n'


#: (exception type, message, stack, cause), each as the real thing prints it.
SAYINGS = [
    (
        "psycopg.OperationalError",
        'connection failed: connection to server at "10.0.0.1", port 5432 failed: timeout expired',
        "",
        "database.unreachable",
    ),
    ("psycopg.errors.ConnectionTimeout", "connection timeout expired", "", "database.unreachable"),
    (
        "psycopg.OperationalError",
        "failed to resolve host 'db.nope': [Errno -2] Name or service not known",
        "",
        "database.unreachable",
    ),
    (
        "psycopg2.OperationalError",
        'could not translate host name "db.nope" to address: Name or service not known',
        "",
        "database.unreachable",
    ),
    (
        "psycopg2.OperationalError",
        'connection to server at "127.0.0.1", port 5432 failed: FATAL:  the database system is starting up',
        "",
        "database.crashed",
    ),
    (
        "psycopg2.OperationalError",
        'connection to server at "127.0.0.1", port 5432 failed: FATAL:  the database system is in recovery mode',
        "",
        "database.crashed",
    ),
    (
        "psycopg.OperationalError",
        "consuming input failed: server closed the connection unexpectedly",
        "",
        "database.crashed",
    ),
    ("psycopg.OperationalError", "the connection is closed", "", "database.crashed"),
    ("psycopg2.InterfaceError", "connection already closed", "", "database.crashed"),
    (
        "psycopg.OperationalError",
        "connection failed: FATAL:  sorry, too many clients already",
        "",
        "database.too_many_connections",
    ),
    (
        "ConnectionRefusedError",
        "[Errno 111] Connect call failed ('127.0.0.1', 5432)",
        st("asyncpg"),
        "database.unreachable",
    ),
    ("socket.gaierror", "[Errno -2] Name or service not known", st("asyncpg"), "database.unreachable"),
    ("TimeoutError", "", st("asyncpg"), "database.unreachable"),
    (
        "asyncpg.exceptions.ConnectionDoesNotExistError",
        "connection was closed in the middle of operation",
        "",
        "database.crashed",
    ),
    ("asyncpg.exceptions.CannotConnectNowError", "the database system is shutting down", "", "database.crashed"),
    ("asyncpg.exceptions.QueryCanceledError", "canceling statement due to statement timeout", "", "database.timeout"),
    ("asyncpg.exceptions.PostgresSyntaxError", 'syntax error at or near "selec"', "", "app.bad_query"),
    (
        "asyncpg.exceptions.ForeignKeyViolationError",
        'insert or update on table "x" violates foreign key constraint',
        "",
        "app.constraint_violation",
    ),
    ("asyncpg.exceptions.DataError", "invalid input for query argument $1", "", "app.constraint_violation"),
    ("psycopg.errors.UndefinedFunction", "function nope() does not exist", "", "app.bad_query"),
    (
        "psycopg.errors.InvalidTextRepresentation",
        'invalid input syntax for type integer: "abc"',
        "",
        "app.constraint_violation",
    ),
    ("psycopg.errors.NumericValueOutOfRange", "integer out of range", "", "app.constraint_violation"),
    (
        "psycopg.errors.StringDataRightTruncation",
        "value too long for type character varying(3)",
        "",
        "app.constraint_violation",
    ),
    (
        "psycopg.errors.IdleInTransactionSessionTimeout",
        "terminating connection due to idle-in-transaction timeout",
        "",
        "database.timeout",
    ),
    ("psycopg.errors.OutOfMemory", "out of memory", "", "database.error"),
    ("psycopg.errors.UndefinedFile", 'could not open file "base/1/2": No such file or directory', "", "database.error"),
    (
        "psycopg.OperationalError",
        'connection failed: FATAL:  role "nobody" does not exist',
        "",
        "config.bad_credentials",
    ),
    (
        "psycopg.OperationalError",
        'connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.2"',
        "",
        "config.bad_credentials",
    ),
    (
        "pymysql.err.OperationalError",
        "(2003, \"Can't connect to MySQL server on '127.0.0.1' ([Errno 111] Connection refused)\")",
        "",
        "database.unreachable",
    ),
    (
        "pymysql.err.OperationalError",
        "(1045, \"Access denied for user 'app'@'localhost' (using password: YES)\")",
        "",
        "config.bad_credentials",
    ),
    ("pymysql.err.OperationalError", "(1049, \"Unknown database 'nope'\")", "", "config.schema_drift"),
    ("pymysql.err.ProgrammingError", "(1064, 'You have an error in your SQL syntax')", "", "app.bad_query"),
    ("pymysql.err.OperationalError", "(1040, 'Too many connections')", "", "database.too_many_connections"),
    (
        "pymysql.err.OperationalError",
        "(1213, 'Deadlock found when trying to get lock; try restarting transaction')",
        "",
        "database.deadlock",
    ),
    (
        "pymysql.err.OperationalError",
        "(1969, 'Query execution was interrupted (max_statement_time exceeded)')",
        "",
        "database.timeout",
    ),
    (
        "pymysql.err.OperationalError",
        "(1290, 'The MariaDB server is running with the --read-only option')",
        "",
        "database.read_only",
    ),
    ("pymysql.err.OperationalError", '(1142, "SELECT command denied to user")', "", "config.permission_denied"),
    ("pymysql.err.DataError", "(1406, \"Data too long for column 'a' at row 1\")", "", "app.constraint_violation"),
    ("MySQLdb.OperationalError", "(2005, \"Unknown server host 'db.nope' (-2)\")", "", "database.unreachable"),
    (
        "MySQLdb.OperationalError",
        "(2013, \"Lost connection to server at 'handshake: reading initial communication packet', system error: 110\")",
        "",
        "database.unreachable",
    ),
    ("MySQLdb.OperationalError", "(2006, 'Server has gone away')", "", "database.crashed"),
    ("sqlite3.OperationalError", "database is locked", "", "database.busy"),
    ("sqlite3.OperationalError", "unable to open database file", "", "database.unreachable"),
    ("sqlite3.OperationalError", "attempt to write a readonly database", "", "database.read_only"),
    ("sqlite3.OperationalError", "database or disk is full", "", "database.disk_full"),
    ("sqlite3.OperationalError", 'near "selec": syntax error', "", "app.bad_query"),
    ("sqlite3.IntegrityError", "UNIQUE constraint failed: acct.id", "", "app.constraint_violation"),
    ("sqlite3.DatabaseError", "database disk image is malformed", "", "database.error"),
    (
        "redis.exceptions.ConnectionError",
        "Error 111 connecting to localhost:6379. Connection refused.",
        "",
        "cache.unreachable",
    ),
    ("redis.exceptions.TimeoutError", "Timeout reading from socket", "", "cache.timeout"),
    ("redis.exceptions.TimeoutError", "Timeout connecting to server", "", "cache.unreachable"),
    (
        "redis.exceptions.AuthenticationError",
        "invalid username-password pair or user is disabled.",
        "",
        "config.bad_credentials",
    ),
    (
        "redis.exceptions.ResponseError",
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "",
        "cache.error",
    ),
    ("redis.exceptions.OutOfMemoryError", "command not allowed when used memory > 'maxmemory'.", "", "cache.error"),
    ("redis.exceptions.ReadOnlyError", "You can't write against a read only replica.", "", "cache.error"),
    ("redis.exceptions.MaxConnectionsError", "Too many connections", "", "app.pool_exhausted"),
    ("redis.exceptions.BusyLoadingError", "Redis is loading the dataset in memory", "", "cache.error"),
    (
        "redis.exceptions.NoPermissionError",
        "this user has no permissions to run the 'set' command",
        "",
        "config.permission_denied",
    ),
    ("kombu.exceptions.OperationalError", "[Errno 111] Connection refused", "", "queue.unreachable"),
    ("pika.exceptions.AMQPConnectionError", "", "", "queue.unreachable"),
    (
        "pika.exceptions.ProbableAuthenticationError",
        "ConnectionClosedByBroker: (403) ACCESS_REFUSED",
        "",
        "config.bad_credentials",
    ),
    ("pika.exceptions.ChannelClosedByBroker", "(404, \"NOT_FOUND - no exchange 'x' in vhost '/'\")", "", "queue.error"),
    ("kafka.errors.NoBrokersAvailable", "NoBrokersAvailable", "", "queue.unreachable"),
    (
        "kafka.errors.KafkaTimeoutError",
        "KafkaTimeoutError: Failed to update metadata after 60.0 secs.",
        "",
        "queue.timeout",
    ),
    ("httpx.ConnectTimeout", "timed out", "", "upstream.unreachable"),
    ("httpx.ReadTimeout", "timed out", "", "upstream.timeout"),
    ("httpx.RemoteProtocolError", "Server disconnected without sending a response.", "", "upstream.unreachable"),
    ("httpx.TooManyRedirects", "Exceeded maximum allowed redirects.", "", "upstream.error_response"),
    ("httpx.PoolTimeout", "", "", "app.pool_exhausted"),
    (
        "requests.exceptions.ReadTimeout",
        "HTTPConnectionPool(host='pay', port=80): Read timed out. (read timeout=1)",
        "",
        "upstream.timeout",
    ),
    (
        "requests.exceptions.ConnectTimeout",
        "HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: / (Caused by ConnectTimeoutError(...))",
        "",
        "upstream.unreachable",
    ),
    (
        "requests.exceptions.ConnectionError",
        "HTTPConnectionPool(host='nope.invalid', port=80): Max retries exceeded with url: / (Caused by NameResolutionError(\"Failed to resolve 'nope.invalid' ([Errno -2] Name or service not known)\"))",
        "",
        "upstream.dns",
    ),
    ("requests.exceptions.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", "", "upstream.bad_payload"),
    (
        "aiohttp.client_exceptions.ClientConnectorError",
        "Cannot connect to host pay:80 ssl:default [Connect call failed]",
        "",
        "upstream.unreachable",
    ),
    (
        "ECONNRESET",
        "read ECONNRESET",
        "Error: read ECONNRESET\n    at TLSWrap.onStreamRead (node:internal/stream_base_commons:216:20)\n    at /app/node_modules/axios/lib/x.js:1:1",
        "upstream.unreachable",
    ),
    ("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error", "", "upstream.timeout"),
    (
        "django.core.exceptions.ImproperlyConfigured",
        "Set the DATABASE_URL environment variable",
        "",
        "config.missing_setting",
    ),
    (
        "pydantic_core._pydantic_core.ValidationError",
        "1 validation error for Settings\nAPI_KEY\n  Field required",
        "",
        "config.missing_setting",
    ),
    ("FileNotFoundError", "[Errno 2] No such file or directory: '/etc/shop/config.yaml'", "", "config.missing_setting"),
    ("FileNotFoundError", "[Errno 2] No such file or directory: '/data/uploads/7.png'", "", "app.unhandled_exception"),
    ("OSError", "[Errno 28] No space left on device", "", "host.disk_full"),
    ("BlockingIOError", "[Errno 11] Resource temporarily unavailable", "", "app.unhandled_exception"),
    ("RecursionError", "maximum recursion depth exceeded", "", "app.unhandled_exception"),
    ("AssertionError", "", "", "app.unhandled_exception"),
    ("jinja2.exceptions.TemplateNotFound", "x.html", "", "app.unhandled_exception"),
    ("django.template.exceptions.TemplateDoesNotExist", "x.html", "", "app.unhandled_exception"),
    ("ImportError", "cannot import name 'x' from 'y'", "", "app.import_error"),
    ("java.lang.OutOfMemoryError", "Java heap space", "", "host.memory_exhausted"),
    ("java.lang.NullPointerException", 'Cannot invoke "x"', "", "app.unhandled_exception"),
    ("org.postgresql.util.PSQLException", 'ERROR: relation "x" does not exist', "", "config.schema_drift"),
    (
        "org.postgresql.util.PSQLException",
        "Connection to db:5432 refused. Check that the hostname and port are correct",
        "",
        "database.unreachable",
    ),
    (
        "java.sql.SQLTransientConnectionException",
        "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
        "",
        "app.pool_exhausted",
    ),
    ("com.mysql.cj.jdbc.exceptions.CommunicationsException", "Communications link failure", "", "database.unreachable"),
    ("PG::UniqueViolation", "ERROR:  duplicate key value violates unique constraint", "", "app.constraint_violation"),
    (
        "ActiveRecord::ConnectionTimeoutError",
        "could not obtain a connection from the pool within 5.000 seconds",
        "",
        "app.pool_exhausted",
    ),
    ("NoMethodError", "undefined method `x' for nil:NilClass", "", "app.unhandled_exception"),
    ("KeyError", 'key not found: "STRIPE_KEY"', "", "config.missing_setting"),
    (
        "pymongo.errors.ServerSelectionTimeoutError",
        "localhost:27017: [Errno 111] Connection refused",
        "",
        "database.unreachable",
    ),
    ("pymongo.errors.DuplicateKeyError", "E11000 duplicate key error collection", "", "app.constraint_violation"),
    (
        "Error",
        "timeout exceeded when trying to connect",
        "Error: timeout exceeded when trying to connect\n    at /app/node_modules/pg-pool/index.js:45:11",
        "app.pool_exhausted",
    ),
    (
        "Error",
        "Connection terminated unexpectedly",
        "Error: Connection terminated unexpectedly\n    at Connection.<anonymous> (/app/node_modules/pg/lib/client.js:132:73)",
        "database.crashed",
    ),
    (
        "Error",
        "Connection terminated due to connection timeout",
        "Error: x\n    at Client._connectionCallback (/app/node_modules/pg/lib/client.js:1:1)",
        "database.unreachable",
    ),
    *(
        (
            "TypeError",
            "terminated",
            f"TypeError: terminated\n    at Fetch.onAborted (node:internal/deps/undici/undici:1:5)\n    at {emitter}.emit (node:events:5:3)",
            cause,
        )
        for emitter, cause in (("Gunzip", "upstream.bad_payload"), ("Socket", "upstream.unreachable"))
    ),
]


def test_every_saying_is_understood(scene: Any) -> None:
    """All in one store, one failed request each; none of them has a span of the call that failed."""
    for number, (kind, message, stack, _) in enumerate(SAYINGS, 1):
        entry = scene.server("shop", 500, trace_id=f"{number:032x}")
        text = f"{stack}{kind}: {message}\n" if stack.startswith("Traceback") else stack
        scene.raises(entry, kind, message, stack=text, error_code=read_exception(kind, message, "").error_code)
    said = {verdict["trace_id"]: verdict["cause"] for verdict in scene.verdicts()}
    expected = {f"{number:032x}": cause for number, (_, _, _, cause) in enumerate(SAYINGS, 1)}
    wrong = {
        SAYINGS[int(trace, 16) - 1][:2]: (cause, said[trace])
        for trace, cause in expected.items()
        if cause != said[trace]
    }
    assert {} == wrong
