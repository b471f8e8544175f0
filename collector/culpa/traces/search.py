"""What a search for traces asks for, and the names that tags have had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Names of earlier semantic conventions -> those under which the store holds them.
RENAMED: Final = {
    "http.method": "http.request.method",
    "http.status_code": "http.response.status_code",
    "http.path": "url.path",
    "http.url": "url.full",
    "http.scheme": "url.scheme",
    "net.sock.peer.addr": "network.peer.address",
    "net.peer.ip": "network.peer.address",
    "net.sock.peer.port": "network.peer.port",
    "db.system": "db.system.name",
    "db.name": "db.namespace",
    "db.redis.database_index": "db.namespace",
    "db.operation": "db.operation.name",
    "db.sql.table": "db.collection.name",
    "db.mongodb.collection": "db.collection.name",
    "db.cassandra.table": "db.collection.name",
    "db.statement": "db.query.text",
    "rpc.system.name": "rpc.system",
    "rpc.grpc.status_code": "rpc.response.status_code",
    "messaging.destination": "messaging.destination.name",
    "code.function": "code.function.name",
    "code.filepath": "code.file.path",
    "code.lineno": "code.line.number",
    "service.peer.name": "peer.service",
    "otel.library.name": "otel.scope.name",
    "otel.library.version": "otel.scope.version",
}
#: A search is for a few tags of one span.
MOST_TAGS: Final = 20


class NotAQuestion(ValueError):
    """What was sent is no question of this API; the message says which parameter, and what it may be."""


@dataclass(frozen=True)
class Search:
    """What a span of a trace must be; '' and 0: anything. Units: nanoseconds, since 1970 where it is a time."""

    service: str = ""
    operation: str = ""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    since_ns: int = 0
    until_ns: int = 0
    least_ns: int = 0
    most_ns: int = 0
    limit: int = 20

    def __post_init__(self) -> None:
        """Refuse what would never end. Errors: NotAQuestion."""
        if len(self.tags) > MOST_TAGS:
            raise NotAQuestion(f"{len(self.tags)} tags are too many; name at most {MOST_TAGS}")

    @property
    def known_tags(self) -> dict[str, str]:
        """Return the tags by the names under which the store holds them."""
        return {RENAMED.get(key, key): value for key, value in self.tags.items()}
