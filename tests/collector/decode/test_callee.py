"""Which component the exceptions of many drivers, clients and languages speak of."""

import pytest

from culpa.collector.exceptions.callee import find_callee
from culpa.collector.exceptions.error_code import find_error_code
from culpa.collector.exceptions.reading import read_exception

#: (type, message, system, host, port): real wordings, as the libraries print them.
SPOKEN = [
    # Go
    ("*pq.Error", 'pq: relation "orders" does not exist', "postgresql", "", 0),
    ("*errors.errorString", "pq: sorry, too many clients already", "postgresql", "", 0),
    ("*fmt.wrapError", 'load order: pq: password authentication failed for user "app"', "postgresql", "", 0),
    ("*pgconn.PgError", 'ERROR: relation "orders" does not exist (SQLSTATE 42P01)', "postgresql", "", 0),
    (
        "*pgconn.ConnectError",
        "failed to connect to `host=db user=app database=shop`: dial error (dial tcp 10.0.0.5:5432: connect: connection refused)",
        "postgresql",
        "10.0.0.5",
        5432,
    ),
    ("*net.OpError", "dial tcp 10.0.0.5:8443: connect: connection refused", "", "10.0.0.5", 8443),
    ("*net.OpError", "dial tcp 10.0.0.5:5432: connect: connection refused", "postgresql", "10.0.0.5", 5432),
    ("*net.OpError", "read tcp 10.1.0.2:41712->10.0.0.5:9201: i/o timeout", "", "10.0.0.5", 9201),
    ("*net.OpError", "read tcp 10.1.0.2:41712->10.0.0.5:9200: i/o timeout", "elasticsearch", "10.0.0.5", 9200),
    ("*net.DNSError", "lookup stock.internal on 10.0.0.2:53: no such host", "", "stock.internal", 0),
    ("*url.Error", 'Get "http://stock:8080/items": dial tcp 10.0.0.7:8080: connect: connection refused', "http", "10.0.0.7", 8080),
    ("*url.Error", 'Get "https://pay.example/v1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', "http", "pay.example", 0),
    ("*mysql.MySQLError", "Error 1062 (23000): Duplicate entry '1' for key 'PRIMARY'", "mysql", "", 0),
    ("*errors.errorString", "redis: connection pool timeout", "redis", "", 0),
    ("*status.Error", "rpc error: code = Unavailable desc = connection error", "rpc", "", 0),
    ("*errors.errorString", "kafka: client has run out of available brokers to talk to: dial tcp 10.0.0.9:9092: connect: connection refused", "kafka", "10.0.0.9", 9092),
    # Java
    ("java.net.ConnectException", "Connection refused", "", "", 0),
    ("java.net.UnknownHostException", "stock.internal", "", "stock.internal", 0),
    ("java.net.UnknownHostException", "stock.internal: Name or service not known", "", "stock.internal", 0),
    ("org.apache.http.conn.HttpHostConnectException", "Connect to stock:8081 [stock/10.0.0.7] failed: Connection refused", "http", "stock", 8081),
    ("io.netty.channel.AbstractChannel$AnnotatedConnectException", "Connection refused: stock/10.0.0.7:8081", "", "stock", 8081),
    ("feign.RetryableException", "Connection refused executing GET http://stock/items", "http", "stock", 0),
    ("feign.FeignException$ServiceUnavailable", "[503] during [GET] to [http://stock/items] [Stock#list()]: []", "http", "stock", 0),
    (
        "org.springframework.web.client.ResourceAccessException",
        'I/O error on GET request for "http://stock:8081/items": Connection refused',
        "http",
        "stock",
        8081,
    ),
    ("org.postgresql.util.PSQLException", "Connection to db:5432 refused. Check that the hostname and port are correct", "postgresql", "db", 5432),
    ("com.microsoft.sqlserver.jdbc.SQLServerException", "Invalid object name 'orders'.", "microsoft.sql_server", "", 0),
    ("java.sql.SQLSyntaxErrorException", "ORA-00942: table or view does not exist", "oracle.db", "", 0),
    ("redis.clients.jedis.exceptions.JedisConnectionException", "Failed to connect to cache:6379", "redis", "cache", 6379),
    ("io.lettuce.core.RedisConnectionException", "Unable to connect to cache/<unresolved>:6379", "redis", "cache", 6379),
    ("com.mongodb.MongoTimeoutException", "Timed out after 30000 ms while waiting for a server that matches ReadPreferenceServerSelector. Client view of cluster state is {type=UNKNOWN, servers=[{address=mongo:27017, type=UNKNOWN", "mongodb", "mongo", 27017),
    ("org.apache.dubbo.rpc.RpcException", "No provider available for the service com.shop.Stock from registry 10.0.0.1:2181", "rpc", "", 0),
    ("io.grpc.StatusRuntimeException", "UNAVAILABLE: io exception", "rpc", "", 0),
    # .NET
    ("Npgsql.NpgsqlException", "Failed to connect to 10.0.0.5:5432", "postgresql", "10.0.0.5", 5432),
    ("Microsoft.Data.SqlClient.SqlException", "Transaction (Process ID 57) was deadlocked on lock resources", "microsoft.sql_server", "", 0),
    ("System.Data.SqlClient.SqlException", 'Cannot open database "shop" requested by the login. The login failed.', "microsoft.sql_server", "", 0),
    ("MySqlConnector.MySqlException", "Unable to connect to any of the specified MySQL hosts.", "mysql", "", 0),
    ("System.Net.Http.HttpRequestException", "Connection refused (stock:8081)", "http", "stock", 8081),
    # A client of HTTP asks what is known to be asked so, never what speaks a protocol of its own.
    ("Faraday::ConnectionFailed", "connection refused: localhost:9200", "elasticsearch", "localhost", 9200),
    ("Faraday::ConnectionFailed", "connection refused: localhost:5432", "http", "localhost", 5432),
    ("System.Net.Http.HttpRequestException", "No such host is known. (stock.internal:443)", "http", "stock.internal", 443),
    ("Grpc.Core.RpcException", 'Status(StatusCode="Unavailable", Detail="Error starting gRPC call.")', "rpc", "", 0),
    ("StackExchange.Redis.RedisTimeoutException", "Timeout - Last Connection Exception: UnableToConnect (None) on cache:6379/Interactive, last: ECHO", "redis", "cache", 6379),
    ("StackExchange.Redis.RedisTimeoutException", "Timeout performing GET (5000ms), next: GET x, serverEndpoint: cache:6380, mc: 1/1/0", "redis", "cache", 6380),
    ("StackExchange.Redis.RedisConnectionException", "It was not possible to connect to the redis server(s).", "redis", "", 0),
    # Ruby
    ("PG::ConnectionBad", 'connection to server at "10.0.0.5", port 5432 failed: Connection refused', "postgresql", "10.0.0.5", 5432),
    ("Mysql2::Error", "Unknown column 'email' in 'field list'", "mysql", "", 0),
    ("Errno::ECONNREFUSED", 'Failed to open TCP connection to stock:3001 (Connection refused - connect(2) for "stock" port 3001)', "", "stock", 3001),
    ("Net::OpenTimeout", "execution expired", "http", "", 0),
    ("Net::SMTPFatalError", "550 5.1.1 mailbox unavailable", "smtp", "", 0),
    ("Redis::CannotConnectError", "Error connecting to Redis on cache:6379 (Errno::ECONNREFUSED)", "redis", "cache", 6379),
    ("Faraday::ConnectionFailed", "Failed to open TCP connection to stock:80 (getaddrinfo: Name or service not known)", "http", "stock", 80),
    ("ActiveRecord::StatementInvalid", "Trilogy::ProtocolError: trilogy_query_recv", "mysql", "", 0),
    # PHP
    ("GuzzleHttp\\Exception\\ConnectException", "cURL error 7: Failed to connect to stock port 8081: Connection refused (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for http://stock:8081/items", "http", "stock", 8081),
    ("Symfony\\Component\\HttpClient\\Exception\\TransportException", 'Could not resolve host: stock.internal for "http://stock.internal/items".', "http", "stock.internal", 0),
    ("Predis\\Connection\\ConnectionException", "Connection refused [tcp://cache:6379]", "redis", "cache", 6379),
    ("RedisException", "Connection refused", "redis", "", 0),
    ("PDOException", "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist", "mysql", "", 0),
    ("PDOException", "SQLSTATE[HY000]: General error: 5 database is locked", "sqlite", "", 0),
    ("PDOException", "SQLSTATE[HY000] [2002] Connection refused", "mysql", "", 0),
    ("Doctrine\\DBAL\\Exception\\ConnectionException", "An exception occurred in the driver", "other_sql", "", 0),
    # Node
    ("PrismaClientInitializationError", "Can't reach database server at `db`:`5432`", "postgresql", "db", 5432),
    ("P2002", "Invalid `prisma.user.create()` invocation: Unique constraint failed on the fields: (`email`)", "other_sql", "", 0),
    ("SequelizeConnectionRefusedError", "connect ECONNREFUSED 10.0.0.5:3306", "mysql", "10.0.0.5", 3306),
    ("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.5:8081", "", "10.0.0.5", 8081),
    ("ENOTFOUND", "getaddrinfo ENOTFOUND stock.internal", "", "stock.internal", 0),
    ("MaxRetriesPerRequestError", 'Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.', "redis", "", 0),
    ("Error", "14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 10.0.0.7:50051", "rpc", "10.0.0.7", 50051),
    ("MongooseError", "Operation `orders.findOne()` buffering timed out after 10000ms", "mongodb", "", 0),
    ("KafkaJSConnectionError", "Connection error: connect ECONNREFUSED 10.0.0.9:9092", "kafka", "10.0.0.9", 9092),
    # Python
    ("botocore.exceptions.EndpointConnectionError", 'Could not connect to the endpoint URL: "https://s3.eu-west-1.amazonaws.com/shop"', "aws-api", "s3.eu-west-1.amazonaws.com", 0),
    ("botocore.exceptions.ClientError", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "aws-api", "", 0),
    ("smtplib.SMTPServerDisconnected", "Connection unexpectedly closed", "smtp", "", 0),
    ("grpc._channel._InactiveRpcError", "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = \"failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.7:50051: Failed to connect to remote host: Connection refused\"", "rpc", "10.0.0.7", 50051),
    ("ldap3.core.exceptions.LDAPSocketOpenError", "unable to open socket", "ldap", "", 0),
    ("oracledb.exceptions.DatabaseError", "ORA-01017: invalid username/password; logon denied", "oracle.db", "", 0),
    ("django.db.utils.OperationalError", "connection is bad", "other_sql", "", 0),
    ("aiokafka.errors.KafkaConnectionError", "KafkaConnectionError: Unable to bootstrap from [('broker', 9092, <AddressFamily.AF_UNSPEC: 0>)]", "kafka", "broker", 9092),
    # Elixir
    ("Postgrex.Error", 'ERROR 42P01 (undefined_table) relation "orders" does not exist', "postgresql", "", 0),
    ("DBConnection.ConnectionError", "tcp connect (db:5432): connection refused - :econnrefused", "postgresql", "db", 5432),
]  # fmt: skip

#: What speaks of nobody else.
SILENT = [
    ("KeyError", "'redis'"),
    ("ValueError", "the request says: server was not found"),
    ("TypeError", "Cannot read properties of undefined (reading 'mysql')"),
    ("RuntimeError", "connection of parts 7 and 8 failed"),
    ("*errors.errorString", "order 5432: not found"),
    ("java.lang.IllegalStateException", "queue is full: kafkaesque"),
    ("NoMethodError", "undefined method `redis' for nil"),
    ("TimeoutError", ""),
]

#: (type, message, code)
CODES = [
    ("Npgsql.PostgresException", '42P01: relation "x" does not exist', "42P01"),
    ("*pgconn.PgError", "ERROR: deadlock detected (SQLSTATE 40P01)", "40P01"),
    ("*mysql.MySQLError", "Error 1205 (HY000): Lock wait timeout exceeded; try restarting transaction", "1205"),
    ("PDOException", "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock", "1213"),
    ("PDOException", 'SQLSTATE[42P01]: Undefined table: 7 ERROR:  relation "x" does not exist', "42P01"),
    ("PDOException", "SQLSTATE[HY000] [2002] Connection refused", "2002"),
    ("P2024", "Timed out fetching a new connection from the connection pool.", "P2024"),
    ("Postgrex.Error", 'ERROR 42703 (undefined_column) column "x" does not exist', "42703"),
    ("MyXQL.Error", "(1146) (ER_NO_SUCH_TABLE) Table 'shop.x' doesn't exist", "1146"),
    ("Error", "order 12345: total is wrong", ""),
    ("ValueError", "ITEMS: 3", ""),
]


@pytest.mark.parametrize(("kind", "message", "system", "host", "port"), SPOKEN)
def test_an_exception_names_the_component_that_was_called(
    kind: str, message: str, system: str, host: str, port: int
) -> None:
    """By type or words; a wrapper that serves many databases, and a bare socket, by the port at most."""
    reading = read_exception(kind, message, "")
    callee = find_callee(reading.origin_type, reading.origin_message, "")
    assert (system, host, port) == (callee.system, callee.address, callee.port)


@pytest.mark.parametrize(("kind", "message"), SILENT)
def test_an_exception_of_the_apps_own_names_nobody(kind: str, message: str) -> None:
    """A word that looks like a system's is none."""
    callee = find_callee(kind, message, "")
    assert ("", "") == (callee.system, callee.address)


@pytest.mark.parametrize(("kind", "message", "code"), CODES)
def test_a_code_is_read_where_the_driver_prints_it(kind: str, message: str, code: str) -> None:
    """A number that is no code is left alone."""
    assert code == find_error_code((kind,), (message,))


CALLBACK = """TypeError: Cannot read properties of undefined (reading 'name')
    at Query.<anonymous> (/srv/shop/app.js:7:34)
    at Query.handleReadyForQuery (/srv/shop/node_modules/pg/lib/query.js:147:14)
    at Client._handleReadyForQuery (/srv/shop/node_modules/pg/lib/client.js:302:19)"""
DRIVER = """Error: Connection terminated unexpectedly
    at Connection.<anonymous> (/srv/shop/node_modules/pg/lib/client.js:132:73)
    at Object.onceWrapper (node:events:629:28)"""
HOOK = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/httpx/_client.py", line 1, in send
  File "/srv/shop/hooks.py", line 3, in sign
ValueError: no key"""
PARSER = """Traceback (most recent call last):
  File "/srv/shop/app.py", line 3, in load
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode
json.decoder.JSONDecodeError: Expecting value"""
SOCKET = """Traceback (most recent call last):
  File "/srv/shop/app.py", line 3, in load
  File "/usr/lib/python3.11/socket.py", line 851, in create_connection
ConnectionRefusedError: [Errno 111] Connection refused"""
GO_HANDLER = """goroutine 7 [running]:
go.opentelemetry.io/otel/sdk/trace.recordStackTrace()
\t/go/pkg/mod/go.opentelemetry.io/otel/sdk@v1.28.0/trace/span.go:400 +0x2d
main.(*Server).Get(0xc000)
\t/app/main.go:12 +0x1d
net/http.HandlerFunc.ServeHTTP(0xc0001)
\t/usr/local/go/src/net/http/server.go:2171 +0x29"""
SERVER = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/starlette/routing.py", line 7, in app
  File "/srv/venv/lib/python3.11/site-packages/uvicorn/protocols/http/h11_impl.py", line 500, in send
  File "/srv/venv/lib/python3.11/site-packages/h11/_headers.py", line 164, in normalize_and_validate
h11._util.LocalProtocolError: Illegal header value b'tea\\ncoffee'"""
CLIENT = SERVER.replace("uvicorn/protocols/http/h11_impl.py", "httpcore/_async/http11.py")
TEMPLATE = """java.lang.IllegalStateException: x
\tat org.thymeleaf.engine.TemplateManager.parse(TemplateManager.java:136)
\tat com.shop.Stock.load(Stock.java:12)"""
RUBY_DRIVER = """/usr/lib/ruby/gems/3.1.0/gems/bunny-2.22.0/lib/bunny/transport.rb:104:in `connect': x (Error)
\tfrom app/models/mail.rb:3:in `send_it'
\tfrom /usr/lib/ruby/gems/3.1.0/gems/redis-5.0.0/lib/redis/client.rb:10:in `call'"""
RUBY_OWN = """app/models/mail.rb:3:in `send_it': x (Error)
\tfrom /usr/lib/ruby/gems/3.1.0/gems/redis-5.0.0/lib/redis/client.rb:10:in `call'"""
JAVA_LIBRARY = """java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\tat com.shop.Stock.load(Stock.java:12)"""
JAVA_LANGUAGE = """java.util.NoSuchElementException: No value present
\tat java.base/java.util.Optional.get(Optional.java:143)
\tat com.shop.Stock.load(Stock.java:12)"""


@pytest.mark.parametrize(
    ("stack", "system", "is_from_library"),
    [
        (CALLBACK, "", False),
        (DRIVER, "postgresql", True),
        (HOOK, "", False),
        (PARSER, "", False),
        (SOCKET, "", True),
        (SERVER, "", False),
        (CLIENT, "http", True),
        (TEMPLATE, "", False),
        (GO_HANDLER, "", False),
        (RUBY_DRIVER, "rabbitmq", False),
        (RUBY_OWN, "", False),
        (JAVA_LIBRARY, "", True),
        (JAVA_LANGUAGE, "", False),
    ],
    ids=[
        "callback",
        "driver",
        "hook",
        "parser",
        "socket",
        "server",
        "client",
        "template",
        "go",
        "ruby",
        "ruby-own",
        "java-net",
        "java-util",
    ],
)
def test_only_frames_below_the_users_code_tell_whom_it_called(stack: str, system: str, is_from_library: bool) -> None:
    """A library that calls the user's code back is no callee; a parser or a collection of the language calls nobody."""
    callee = find_callee("Error", "x", stack)
    assert (system, is_from_library) == (callee.system, callee.is_from_library)


def test_the_number_of_sql_server_is_read_behind_the_stack_of_dotnet() -> None:
    """Its message does not hold it."""
    kind = "Microsoft.Data.SqlClient.SqlException"
    stack = f"{kind} (0x80131904): Transaction was deadlocked\n   at Shop.Dao.Find() in /src/Dao.cs:line 12\nError Number:1205,State:51,Class:13"
    assert "1205" == read_exception(kind, "Transaction was deadlocked", stack).error_code


SPRING = """org.springframework.web.client.ResourceAccessException: I/O error on GET request for "http://stock:8081/items": Connection refused
\tat org.springframework.web.client.RestTemplate.doExecute(RestTemplate.java:791)
\tat com.shop.Stock.load(Stock.java:12)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\tat java.base/sun.net.www.http.HttpClient.openServer(HttpClient.java:533)
\t... 60 more"""
JDBC = """org.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain JDBC Connection
\tat com.shop.Dao.find(Dao.java:33)
Caused by: org.postgresql.util.PSQLException: Connection to db:5433 refused. Check that the hostname and port are correct
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)
\t... 50 more
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\tat org.postgresql.core.PGStream.createSocket(PGStream.java:261)
\t... 55 more"""
NPGSQL = """Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.0.0.5:5433
 ---> System.Net.Sockets.SocketException (111): Connection refused
   at Npgsql.Internal.NpgsqlConnector.Connect(NpgsqlTimeout timeout)
   at Shop.Dao.Find() in /src/Shop/Dao.cs:line 12
   --- End of inner exception stack trace ---"""
REQUESTS = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/urllib3/util/connection.py", line 73, in create_connection
ConnectionRefusedError: [Errno 111] Connection refused

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/app.py", line 3, in load
  File "/srv/venv/lib/python3.11/site-packages/requests/adapters.py", line 700, in send
requests.exceptions.ConnectionError: HTTPConnectionPool(host='stock', port=8081): Max retries exceeded with url: /items"""


@pytest.mark.parametrize(
    ("stack", "origin", "told"),
    [
        (SPRING, "java.net.ConnectException", ("http", "stock", 8081)),
        (JDBC, "java.net.ConnectException", ("postgresql", "db", 5433)),
        (NPGSQL, "System.Net.Sockets.SocketException", ("postgresql", "10.0.0.5", 5433)),
        (REQUESTS, "ConnectionRefusedError", ("http", "stock", 8081)),
    ],
    ids=["spring", "jdbc", "npgsql", "requests"],
)
def test_a_wrapper_tells_the_address_that_the_sockets_own_error_lacks(
    stack: str, origin: str, told: tuple[str, str, int]
) -> None:
    """The origin is at the end of the chain; what it was called with stands around it."""
    reading = read_exception("", "", stack)
    callee = find_callee(reading.origin_type, reading.origin_message, stack)
    assert (origin, told) == (reading.origin_type, (callee.system, callee.address, callee.port))


@pytest.mark.parametrize(
    ("message", "scheme"),
    [
        ("HTTPSConnectionPool(host='pay', port=8443): Max retries exceeded with url: /v1", "https"),
        ("HTTPConnectionPool(host='pay', port=8080): Read timed out. (read timeout=3)", "http"),
        ("HTTPSConnection(host='pay', port=8443): Failed to establish a new connection: [Errno 111]", "https"),
        ("Some(host='pay', port=8443)", ""),
    ],
)
def test_a_pool_of_connections_tells_the_scheme(message: str, scheme: str) -> None:
    """By its name: the address after it has none."""
    callee = find_callee("requests.exceptions.ConnectionError", message, "")
    assert (scheme, "pay") == (callee.scheme, callee.address)


@pytest.mark.parametrize(
    ("detail", "system"), [("Exception was thrown by handler.", "rpc"), ("no such cart", "")], ids=["callee", "handler"]
)
def test_a_status_that_only_a_server_gives_is_never_a_handlers_own(detail: str, system: str) -> None:
    message = f'Status(StatusCode="Unknown", Detail="{detail}")'
    stack = f"Grpc.Core.RpcException: {message}\n   at Shop.Cart.Get(String id) in /src/Cart.cs:line 14"
    assert system == find_callee("Grpc.Core.RpcException", message, stack).system
