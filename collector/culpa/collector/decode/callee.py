"""Which component an exception speaks of: read from its type, its words, the libraries on its stack. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Callee:
    """The component that was called when the exception was raised; '' and 0 for what it does not tell.

    `system` is OpenTelemetry's db.system.name or messaging.system, or `http`. `service` is a name that service
    discovery could not find. `is_relay`: it says only that another one answered with an error.
    `is_from_library`: raised by a statement of a library, not of the app.
    """

    system: str = ""
    address: str = ""
    port: int = 0
    namespace: str = ""
    scheme: str = ""
    service: str = ""
    is_relay: bool = False
    is_from_library: bool = False


_LIBRARY = r"(?:site|dist)-packages/(?:{})/"

#: (system, pattern of types, pattern of messages, pattern of stacks), the first that fits wins; '' fits nothing.
_SYSTEMS = [
    (
        "postgresql",
        r"psycopg|asyncpg|pg8000|aiopg|PG::|org\.postgresql|Npgsql",
        r"^PG::|^SQLSTATE\[[0-9A-Z]{5}\](?:.*(?:pgsql|PostgreSQL)|(?::[^:]*:)? \[?7\b)|"
        r'connection to server (?:at|on socket) "|'
        r"PostgreSQL error of type|Is the server running",
        _LIBRARY.format("psycopg2?|asyncpg|pg8000|psycopg_pool|aiopg")
        + r"|node_modules/pg(?:-pool|-protocol)?/|org\.postgresql\.",
    ),
    (
        "mysql",
        r"pymysql|MySQLdb|mysql\.|_mysql|aiomysql|asyncmy|Mysql2::|com\.mysql|org\.mariadb|mariadb",
        r"MySQL server|^SQLSTATE\[[0-9A-Z]{5}\](?::[^:]*:)? \[?[123][0-9]{3}\b|\bER_[A-Z_]{4,}",
        _LIBRARY.format("pymysql|MySQLdb|aiomysql|asyncmy") + r"|node_modules/mysql2?/|com\.mysql\.",
    ),
    ("sqlite", r"sqlite3|aiosqlite|SQLite3::|_sqlite3", "", r"node_modules/(?:better-)?sqlite3/"),
    (
        "redis",
        r"redis|aioredis|coredis|Redis::|RedisClient::|io\.lettuce|redis\.clients|Predis",
        "",
        _LIBRARY.format("redis|aioredis") + r"|node_modules/(?:ioredis|@redis|redis)/|io\.lettuce\.",
    ),
    (
        "memcached",
        r"pymemcache|pylibmc|aiomcache|Dalli|net\.spy\.memcached",
        "",
        _LIBRARY.format("pymemcache|pylibmc|aiomcache"),
    ),
    (
        "mongodb",
        r"pymongo|motor\.|Mongo|com\.mongodb",
        "",
        _LIBRARY.format("pymongo|motor") + r"|node_modules/mongodb/|com\.mongodb\.",
    ),
    (
        "elasticsearch",
        r"elasticsearch|elastic_transport|opensearchpy|org\.elasticsearch",
        "",
        _LIBRARY.format("elasticsearch|elastic_transport|opensearchpy") + r"|node_modules/@elastic/",
    ),
    (
        "rabbitmq",
        r"pika|amqp|kombu|aio_pika|aiormq|Bunny|com\.rabbitmq|org\.springframework\.amqp",
        "",
        _LIBRARY.format("pika|amqp|kombu|aio_pika|aiormq") + r"|node_modules/amqplib/|com\.rabbitmq\.",
    ),
    (
        "kafka",
        r"kafka|aiokafka|confluent_kafka|cimpl|org\.apache\.kafka",
        "",
        _LIBRARY.format("aiokafka|confluent_kafka|kafka") + r"|node_modules/kafkajs/|org\.apache\.kafka\.",
    ),
    (
        "http",
        r"httpx|httpcore|requests|urllib3|aiohttp\.client|http\.client|urllib\.error|Faraday|Net::|HTTPClient|"
        r"GuzzleHttp|feign|okhttp|AxiosError|FetchError|UND_ERR|org\.springframework\.web\.client|java\.net\.http",
        "",
        _LIBRARY.format("httpx|httpcore|requests|urllib3") + r"|aiohttp/(?:client|connector)|node:internal/deps/undici|"
        r"node_modules/(?:undici|axios|node-fetch|got)/|urllib/request\.py|org\.springframework\.web\.client\.",
    ),
]
_COMPILED = [
    (system, re.compile(kind), re.compile(words or "(?!)"), re.compile(stack or "(?!)"))
    for system, kind, words, stack in _SYSTEMS
]

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_FAILED = r"(?:connecting to|connect to|[rR]efused|ECONN[A-Z]+|ETIMEDOUT|EHOSTUNREACH)"
#: Where messages put the address; groups `host`, `port`, `scheme` as far as they go.
_ADDRESSES = [
    re.compile(pattern)
    for pattern in (
        r'server at "(?P<host>[^"]+)"(?: \([^)]*\))?, port (?P<port>\d{1,5})',
        r"server on '(?P<host>[^':]+)(?::(?P<port>\d{1,5}))?'",
        r"\('(?P<host>[^']+)', (?P<port>\d{1,5})\)",
        r"host='(?P<host>[^']+)'(?:, port=(?P<port>\d{1,5}))?",
        rf"{_FAILED} ['\"]?(?P<host>{_HOST}):(?P<port>\d{{1,5}})",
        rf"(?:{_FAILED}|ENOTFOUND|EAI_AGAIN|resolve host(?:name)?|translate host name) "
        rf"['\"]?(?P<host>{_HOST})['\":,. ]?",
        r"(?:for url:?|URL|url) ['\"]?(?P<scheme>https?)://(?:[^/@ '\"]*@)?"
        r"(?P<host>[^/:'\" ]+)(?::(?P<port>\d{1,5}))?",
    )
]
_NAMESPACE = re.compile(r'database "([^"]+)" does not exist|[uU]nknown database \'([^\']+)\'')
_UNDISCOVERED = re.compile(
    r"(?:no (?:available |healthy )?(?:instances?|servers?|providers?|endpoints?|upstreams?) "
    r"(?:are |is )?(?:available|found|registered|left)? ?(?:for|of)(?: the)?(?: service| client)?:? [\"']?"
    r"|does not have available server for client: )([A-Za-z0-9_][A-Za-z0-9_.-]*)",
    re.IGNORECASE,
)
_RELAY_TYPE = re.compile(
    r"(?:HTTPStatusError|HTTPError|HttpServerErrorException|HttpClientErrorException|FeignException|"
    r"WebClientResponseException|ServerError|ClientResponseError|RequestException|AxiosError|ResponseError)$"
)
_RELAY_WORDS = re.compile(
    r"status(?: code)?:? ?[45]\d\d|[45]\d\d (?:server|client) error|(?:server|client) error '[45]\d\d",
    re.IGNORECASE,
)
_PYTHON_FRAME = re.compile(r'File "([^"]+)"')
_PYTHON_LIBRARY = re.compile(r"site-packages|dist-packages|/lib/python[0-9.]*/|^<frozen")
_FIRST_AT = re.compile(r"\n\s+at ([^\n]+)")
_AT_LIBRARY = re.compile(r"node:|node_modules/|^java\.|^sun\.|^org\.apache\.|^io\.netty")


@lru_cache(4096)
def find_callee(kind: str, message: str, stacktrace: str) -> Callee:
    """Read what the origin of an exception tells of its callee. Cached, because errors repeat."""
    address = _address(message)
    namespace = _NAMESPACE.search(message)
    undiscovered = _UNDISCOVERED.search(message)
    service = undiscovered[1].rstrip(".") if undiscovered else ""
    return Callee(
        system=_system(kind, message, stacktrace),
        address=address.get("host", ""),
        port=min(int(address.get("port", "0")), 65_535),
        namespace=(namespace[1] or namespace[2]) if namespace else "",
        scheme=address.get("scheme", ""),
        service=service,
        is_relay=not service and bool(_RELAY_TYPE.search(kind) or _RELAY_WORDS.search(message)),
        is_from_library=_is_from_library(stacktrace),
    )


def _system(kind: str, message: str, stacktrace: str) -> str:
    for system, of_kind, of_words, of_stack in _COMPILED:
        if of_kind.match(kind) or of_words.search(message) or of_stack.search(stacktrace):
            return system
    return ""


def _address(message: str) -> dict[str, str]:
    for pattern in _ADDRESSES:
        found = pattern.search(message)
        if found:
            return {name: text for name, text in found.groupdict().items() if text}
    return {}


def _is_from_library(stacktrace: str) -> bool:
    frames = _PYTHON_FRAME.findall(stacktrace)
    if frames:
        return bool(_PYTHON_LIBRARY.search(frames[-1]))
    first = _FIRST_AT.search(stacktrace)
    return bool(first and _AT_LIBRARY.search(first[1]))
