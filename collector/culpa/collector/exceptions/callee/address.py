"""Where a message says that it was calling: host, port, scheme. Pure."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import names_by_port

_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]"
_PORT = r"\d{1,5}"
_URL = rf"['\"(]?(?P<scheme>https?|redis|amqps?|tcp|tls|ssl)://(?:[^/@ '\"]*@)?(?P<host>{_HOST})(?::(?P<port>{_PORT}))?"
_FAILED = (
    r"(?:[cC]onnecting to|[cC]onnect(?:ion)? to|[rR]efused:|ECONN[A-Z]{1,16}|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|"
    r"connect\(2\) for)"
)
_REFUSED = r"(?:[rR]efused|timed out|reset|unreachable)"
# As much of a message is looked at.
_CHARS = 2_000

#: Where messages put the address, surest first; groups `host`, `port`, `scheme` as far as they go.
_PATTERNS = tuple(
    late_pattern(pattern)
    for pattern in (
        r'server at "(?P<host>[^"]+)"(?: \([^)]{0,100}\))?, port (?P<port>\d{1,5})',
        r'server at "(?P<host>[^":]+):(?P<port>\d{1,5})"',  # asyncpg
        r"server on '(?P<host>[^':]+)(?::(?P<port>\d{1,5}))?'",
        # Prisma: database server at `db`:`5432` or `db:5432`
        r"server at `(?P<host>[^`:]+)`?:`?(?P<port>\d{1,5})`",
        r"\('(?P<host>[^']+)', (?P<port>\d{1,5})[,)]",
        # urllib3: HTTPSConnectionPool(host='pay', port=443): …
        r"\b(?P<scheme>HTTPS?)Connection(?:Pool)?\(host='(?P<host>[^']+)'(?:, port=(?P<port>\d{1,5}))?",
        r"host='(?P<host>[^']+)'(?:, port=(?P<port>\d{1,5}))?",
        # Go: dial tcp 10.0.0.1:80: connect: …; dial tcp: lookup db on 10.0.0.2:53: no such host; read tcp here->there
        rf"\blookup (?P<host>{_HOST})(?: on [^ ]+)?:",
        rf"\b(?:read|write) tcp [^ ]+->(?P<host>{_HOST}):(?P<port>{_PORT})",
        rf"\bdial (?:tcp|udp)[46]? (?P<host>{_HOST}):(?P<port>{_PORT})",
        # Java: Connect to pay:80 [pay/10.0.0.1] failed; Connection refused: pay/10.0.0.1:80
        rf"{_REFUSED}: (?:(?!no further)(?P<host>{_HOST}))?/[0-9a-fA-F.:]+?:(?P<port>{_PORT})",
        rf"connect to (?P<host>{_HOST})/(?:<unresolved>|[0-9a-fA-F.:]+):(?P<port>{_PORT})",
        rf"(?:for|executing [A-Z]+|from [A-Z]{{3,7}}|endpoint URL:|URL:|url:?|connect to|on|\[) {_URL}",
        rf"(?:Get|Post|Put|Patch|Delete|Head|Options) {_URL}",
        rf"[(\[`]{_URL}",
        # node-fetch and ky: invalid json response body at https://…; request to https://… failed; 429: GET https://…
        rf"(?:response body at|timeout at:|redirect reached at:|over limit:|request to|trying to fetch|"
        rf"(?:GET|POST|PUT|PATCH|DELETE|HEAD|\])) {_URL}",
        rf"\bipv4:(?P<host>{_HOST}):(?P<port>{_PORT})",  # gRPC
        # .NET and Elixir: Connection refused (pay:80); tcp connect (db:5432): connection refused
        rf"(?:refused|known\.|out\.|host\.|connect|network\.?|established\.?) \((?P<host>{_HOST}):(?P<port>{_PORT})\)",
        # Ruby: connect(2) for "pay" port 80; PHP and curl: connect to pay port 80
        rf"(?:connect\(2\) for|connection to|connect to) ['\"]?(?P<host>{_HOST})['\"]? port (?P<port>{_PORT})",
        rf"Failed to resolve '(?P<host>{_HOST})'",  # Netty
        rf"{_FAILED} (?:Redis on |host,? ?)?['\"]?(?P<host>{_HOST}):(?P<port>{_PORT})",
        # redis-py: Timeout reading from cache:6379; Error while reading from cache:6379 : …
        rf"(?:Timeout|Error while) (?:reading from|writing to) (?P<host>{_HOST}):(?P<port>{_PORT})",
        # StackExchange.Redis: SocketFailure on cache:6379/Interactive, …; serverEndpoint: cache:6379
        rf"\bon (?P<host>{_HOST}):(?P<port>{_PORT})/(?:Interactive|Subscription)\b",
        rf"\bserverEndpoint: (?:Unspecified/)?(?P<host>{_HOST}):(?P<port>{_PORT})",
        rf"connect to host, port: (?P<host>{_HOST}), (?P<port>{_PORT})",
        rf"connect to (?P<host>{_HOST}), port (?P<port>{_PORT})",
        # PyMongo: db:27017: [Errno 111] …
        rf"^(?P<host>{_HOST}):(?P<port>{_PORT}): ",
        rf"{{address=(?P<host>{_HOST}):(?P<port>{_PORT})",
        # pgx: failed to connect to `host=db user=app database=shop`
        rf"`(?:[a-z]+=[^ `]* )*host=(?P<host>{_HOST})",
        rf"(?:ENOTFOUND|EAI_AGAIN) (?:{_HOST}) (?P<host>{_HOST}):(?P<port>{_PORT})",  # Node before 13
        rf"(?:{_FAILED}|ENOTFOUND|EAI_AGAIN|resolve host(?:name)?:?|translate host name|lookup address information:?) "
        rf"['\"]?(?P<host>{_HOST})['\":,. ]?",
    )
)
# Java's UnknownHostException and Netty's UnresolvedAddress say nothing but the name.
_NAME_ONLY = late_pattern(rf"^(?P<host>{_HOST})(?::? .*)?$")
_UNKNOWN_HOST = late_pattern(r"UnknownHostException$")
# Words that stand where an address could.
_NO_HOST = frozenset(
    {"the", "a", "an", "to", "server", "host", "database", "redis", "remote", "no", "any", "all", "upstream", "peer"}
    | {
        "failed",
        "was",
        "is",
        "unknown",
        "none",
        "null",
        "http",
        "https",
        "tcp",
        "localhost,",
        "your",
        "this",
        "database.",
        "mysql",
    }
)


def find_address(kind: str, message: str) -> tuple[str, int, str]:
    """Return host, port and scheme that the message names; '' and 0 for what it does not."""
    message = message[:_CHARS]
    for pattern in _PATTERNS:
        found = pattern.search(message)
        if found:
            return _of(found)
    if _UNKNOWN_HOST.search(kind):
        found = _NAME_ONLY.match(message)
        if found:
            return _of(found)
    return "", 0, ""


def system_at(port: int) -> str:
    """Return the system that is known to listen at a port, '' for any other."""
    return names_by_port().get(port, "")


def _of(found: re.Match[str]) -> tuple[str, int, str]:
    groups = found.groupdict()
    host = (groups.get("host") or "").strip("[]")
    port = int(groups.get("port") or 0)
    if host.lower() in _NO_HOST and not port:
        return "", 0, ""
    scheme = (groups.get("scheme") or "").lower()
    return host, port if port <= 65_535 else 0, scheme if scheme in ("http", "https") else ""
