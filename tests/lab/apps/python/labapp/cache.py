"""What the app does with its cache."""

from collections.abc import Mapping
from typing import Any

from labapp import settings
from labapp.deeds import deed


def _redis(port: int, **login: Any) -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis(
        host=settings.HOST,
        port=port,
        socket_timeout=0.8,
        socket_connect_timeout=0.8,
        retry=Retry(NoBackoff(), 0),
        **login,
    )


def _serve(path: str, port: int) -> None:
    @deed(path)
    def remember(_asked: Mapping[str, str]) -> str:
        client = _redis(port)
        client.set("basket", "tea" * 100)
        return str(client.get("basket"))


_serve("basket", settings.REDIS)
_serve("basket/closed", settings.CLOSED)
_serve("basket/full", settings.REDIS_FULL)
_serve("basket/replica", settings.REDIS_REPLICA)


@deed("basket/old-password")
def old_password(_asked: Mapping[str, str]) -> str:
    return str(_redis(settings.REDIS, username="shop", password="expired-last-week").get("basket"))


@deed("basket/maybe")
def optional(_asked: Mapping[str, str]) -> str:
    """Do without the cache when it is down."""
    try:
        return str(_redis(settings.CLOSED).get("basket"))
    except Exception:
        return "an empty basket"


def _say(path: str, *command: str, port: int = settings.REDIS, **login: str) -> None:
    @deed(path)
    def say(_asked: Mapping[str, str]) -> str:
        client = _redis(port, **login)
        client.set("name", "tea")
        return str(client.execute_command(*command))


_say("basket/as-list", "LPUSH", "name", "tea")
_say("basket/as-number", "INCR", "name")
_say("basket/unknown-script", "EVALSHA", "0" * 40, "0")
_say("basket/broken-script", "EVAL", "return redis.call('nope')", "0")
_say("basket/unknown-command", "BASKET", "1")
_say("basket/forbidden", "FLUSHALL", username="clerk", password="clerk")


@deed("basket/secret")
def no_password(_asked: Mapping[str, str]) -> str:
    return str(_redis(settings.REDIS_SECRET).get("basket"))


@deed("basket/cluster")
def cluster(_asked: Mapping[str, str]) -> str:
    return str(_redis(settings.REDIS_CLUSTER).get("basket"))


@deed("basket/of-nothing")
def strange_value(_asked: Mapping[str, str]) -> str:
    return str(_redis(settings.REDIS).set("basket", {"tea": 1}))


@deed("basket/pickled")
def not_text(_asked: Mapping[str, str]) -> str:
    client = _redis(settings.REDIS, decode_responses=True)
    client.set("pickle", b"\x80\x04\xff")
    return str(client.get("pickle"))


@deed("basket/next")
def waits(_asked: Mapping[str, str]) -> str:
    """Wait longer for an element than the socket's time limit."""
    return str(_redis(settings.REDIS).blpop(["nobody-pushes"], timeout=3))


@deed("basket/pool")
def pool(_asked: Mapping[str, str]) -> str:
    import redis

    pool = redis.ConnectionPool(host=settings.HOST, port=settings.REDIS, max_connections=1)
    held = pool.get_connection()
    try:
        return str(redis.Redis(connection_pool=pool).get("basket"))
    finally:
        pool.release(held)


@deed("basket/maybe-a-list")
def handled(_asked: Mapping[str, str]) -> str:
    """Do without what has the wrong type."""
    client = _redis(settings.REDIS)
    client.set("name", "tea")
    try:
        return str(client.lpush("name", "tea"))
    except Exception:
        return "an empty basket"
