"""A story: what is played, and what must be said of it. And what stories have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..conftest import Scene

Play = Callable[[Scene], None]

DATABASE = "postgresql://db:5432/shop"
#: Columns of a call to the cache.
CACHE = {"db_system_name": "redis", "server_address": "cache", "server_port": 6379}


@dataclass(frozen=True)
class Story:
    """One failure, in a trace and on a day of its own.

    `cause` and `component` are the answer; given surely. `silent` is a rule that must see nothing. A story with `never` has no
    answer that must be given: none of these causes may be said with a confidence of 0.8 or more.
    """

    name: str
    play: Play
    cause: str = ""
    component: str = ""
    object: str = ""
    says: str = ""
    silent: str = ""
    never: tuple[str, ...] = ()


def another(scene: Scene, number: int) -> str:
    """Return the id of another trace of the same story."""
    return f"{number:02x}{scene.trace[2:]}"


def given_up(scene: Scene, after: float = 2000, **columns: Any) -> str:
    """Let the web server answer 504 after so many milliseconds. Returns its span."""
    place = {"upstream": "app:8000", "upstream_status": "504", "upstream_connect_ns": 1000}
    return scene.access(504, **{"lasts": after} | place | columns)


def handed_back(scene: Scene, status: int = 500, lasts: float = 20) -> str:
    """Let the web server hand the app's answer on. Returns its span."""
    place = {"upstream": "app:8000", "upstream_status": str(status)}
    return scene.access(status, lasts=lasts, upstream_connect_ns=1000, upstream_header_ns=int(lasts * 1e6), **place)


def loop(
    scene: Scene, parent: str, times: int, each: float, *, begin: float = 1, service: str = "checkout", **columns: Any
) -> float:
    """Let one query be asked so many times, one after the other. Returns when the last one ended."""
    for number in range(times):
        scene.query(service, parent, failed=False, at=begin + number * each, lasts=each * 0.95, **columns)
    return begin + times * each


def fails(scene: Scene, kind: str, message: str, *spans: str, at: float = 9, **columns: Any) -> None:
    """Let this exception pass through the spans."""
    for span in spans:
        scene.raises(span, kind, message, at=at, **columns)


def times(number: int, what: str) -> str:
    """Return the object of a loop."""
    return f"{number} \N{MULTIPLICATION SIGN} {what}"


def cache_refuses(scene: Scene, entry: str, **columns: Any) -> None:
    """Let a call to the cache find nobody there, and the request fail of it."""
    call = scene.call("checkout", entry, at=1, lasts=1, **CACHE, **columns)
    message = "Error 111 connecting to cache:6379. Connection refused."
    fails(scene, "redis.exceptions.ConnectionError", message, call, entry, at=3)
