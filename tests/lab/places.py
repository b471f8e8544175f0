"""The names by which verdicts call the components of the lab."""

import socket
from dataclasses import dataclass
from pathlib import Path

from culpa.demo.ports import HOST
from lab.stacks import App


@dataclass(frozen=True)
class Ports:
    """Every address of the lab but those of the web servers and apps."""

    postgres: int
    mariadb: int
    redis: int
    redis_full: int
    redis_replica: int
    redis_secret: int
    redis_cluster: int
    #: An outside service that speaks TLS.
    secure: int
    rabbitmq: int
    outside: int
    #: A service that Go's app asks by gRPC.
    granary: int
    collector: int
    #: What writes down the telemetry on its way to the collector.
    recorder: int
    #: Taken, but nobody listens.
    closed: int
    #: Listened to, but nobody accepts.
    hole: int


def database_url(app: App, ports: Ports, folder: Path, password: str) -> str:
    """Return what the app is told of its database."""
    if app.system == "sqlite":
        return f"sqlite:///{folder}/{app.name}.db"
    port = ports.postgres if app.system == "postgresql" else ports.mariadb
    return f"{app.system}://app:{password}@{HOST}:{port}/{app.name}"


def component(at: str, app: App, front: str, app_port: int, ports: Ports, folder: Path) -> str:
    """Return the component that plays this part in the stack."""
    server = ports.postgres if app.system == "postgresql" else ports.mariadb
    # Java's driver of MariaDB says whose it is; the others speak to both and say `mysql`.
    system = "mariadb" if app.kind == "java" and app.system == "mysql" else app.system
    names = {
        "": "",
        "app": app.name,
        "app's address": f"http://{HOST}:{app_port}",
        "web": front,
        "host": f"host:{socket.gethostname()}",
        "database": f"{system}://{HOST}:{server}/{app.name}",
        # JDBC's drivers tell an address that refuses them, and not for which database.
        "closed database": f"{system}://{HOST}:{ports.closed}" + ("" if app.kind == "java" else f"/{app.name}"),
        "closed database at start": f"{system}://{HOST}:{ports.closed}/{app.name}",
        "silent database": f"{system}://{HOST}:{ports.hole}/{app.name}",
        "lost database": f"{system}://db.invalid" + ("" if app.kind == "java" else f":{server}/{app.name}"),
        "outside": f"http://{HOST}:{ports.outside}",
        "outside, secure": f"https://{HOST}:{ports.outside}",
        "fastcgi outside": f"fastcgi://{HOST}:{ports.outside}",
        "missing socket": f"http://unix:{folder}/nobody.sock",
        "group": f"http://127.0.0.2:{ports.closed}",
        "closed host": f"http://{HOST}:{ports.closed}",
        "granary": "granary",
        "granary's address": f"grpc://{HOST}:{ports.granary}",
        "closed procedure": f"grpc://{HOST}:{ports.closed}",
        "silent host": f"http://{HOST}:{ports.hole}",
        "lost host": "http://rates.invalid",
        "cache": f"redis://{HOST}:{ports.redis}",
        "closed cache": f"redis://{HOST}:{ports.closed}",
        "full cache": f"redis://{HOST}:{ports.redis_full}",
        "secret cache": f"redis://{HOST}:{ports.redis_secret}",
        "cluster cache": f"redis://{HOST}:{ports.redis_cluster}",
        "secure": f"https://{HOST}:{ports.secure}",
        "secure, in clear text": f"http://{HOST}:{ports.secure}",
        "private database": f"{system}://{HOST}:{server}/private",
        "replica cache": f"redis://{HOST}:{ports.redis_replica}",
        "queue": f"rabbitmq://{HOST}:{ports.rabbitmq}",
        # amqplib says ETIMEDOUT of a handshake, and not where; pika's log does.
        "queue, at the handshake": "rabbitmq://" if app.kind == "node" else f"rabbitmq://{HOST}:{ports.rabbitmq}",
        "closed queue": f"rabbitmq://{HOST}:{ports.closed}",
    }
    if app.system == "sqlite":
        names["database"] = f"sqlite:///{folder}/{app.name}.db"
        names["closed database"] = "sqlite:////nowhere/at/all.db"
    return names[at]


#: Of a connection that never came to be Java's agent has no span, and the driver's exception tells parts of the address, or none.
_TOLD_IN_PARTS = {"database.unreachable", "database.too_many_connections", "cache.timeout"}


def spellings(at: str, name: str, cause: str, app: App) -> frozenset[str]:
    """Return the names that are as right: those of which the telemetry has only parts."""
    if at != "closed database at start" and not (app.kind == "java" and cause in _TOLD_IN_PARTS):
        return frozenset({name})
    if name.startswith("mariadb://"):
        # Where no span says whose the server is, the driver's words fit both.
        return _parts(name, app) | _parts(name.replace("mariadb", "mysql", 1), app)
    return _parts(name, app)


def _parts(name: str, app: App) -> frozenset[str]:
    system, _, rest = name.partition("://")
    address = rest.partition("/")[0]
    parts = {name, f"{system}://{address}", f"{system}://{address.rpartition(':')[0]}"}
    return frozenset(parts | {f"{system}://"} if app.kind == "java" else parts)
