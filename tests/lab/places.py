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
    collector: int
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
    names = {
        "": "",
        "app": app.name,
        "app's address": f"http://{HOST}:{app_port}",
        "web": front,
        "host": f"host:{socket.gethostname()}",
        "database": f"{app.system}://{HOST}:{server}/{app.name}",
        "closed database": f"{app.system}://{HOST}:{ports.closed}/{app.name}",
        "closed database at start": f"{app.system}://{HOST}:{ports.closed}/{app.name}",
        "silent database": f"{app.system}://{HOST}:{ports.hole}/{app.name}",
        "lost database": f"{app.system}://db.invalid:{server}/{app.name}",
        "outside": f"http://{HOST}:{ports.outside}",
        "outside, secure": f"https://{HOST}:{ports.outside}",
        "fastcgi outside": f"fastcgi://{HOST}:{ports.outside}",
        "missing socket": f"http://unix:{folder}/nobody.sock",
        "group": f"http://127.0.0.2:{ports.closed}",
        "closed host": f"http://{HOST}:{ports.closed}",
        "silent host": f"http://{HOST}:{ports.hole}",
        "lost host": "http://rates.invalid",
        "cache": f"redis://{HOST}:{ports.redis}",
        "closed cache": f"redis://{HOST}:{ports.closed}",
        "full cache": f"redis://{HOST}:{ports.redis_full}",
        "secret cache": f"redis://{HOST}:{ports.redis_secret}",
        "cluster cache": f"redis://{HOST}:{ports.redis_cluster}",
        "secure": f"https://{HOST}:{ports.secure}",
        "secure, in clear text": f"http://{HOST}:{ports.secure}",
        "private database": f"{app.system}://{HOST}:{server}/private",
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


def spellings(at: str, name: str) -> frozenset[str]:
    """Return the names that are as right: what is printed at start has no span, and tells only parts of an address."""
    if at != "closed database at start":
        return frozenset({name})
    without_database = name.rpartition("/")[0]
    return frozenset({name, without_database, without_database.rpartition(":")[0]})
