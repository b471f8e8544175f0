"""What the app does with its cache."""

from collections.abc import Mapping
from typing import Any

from labapp import settings
from labapp.deeds import deed


def _redis(port: int, **login: str) -> Any:
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
