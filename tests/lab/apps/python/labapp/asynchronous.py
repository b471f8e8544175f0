"""What an app does that waits for everybody with asyncio; served by FastAPI alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from labapp import settings

Doer = Callable[[], Awaitable[Any]]
DOERS: dict[str, Doer] = {}
_SILENT_S = 0.8


def doer(path: str) -> Callable[[Doer], Doer]:
    """Serve the coroutine under `/async/path`."""

    def register(function: Doer) -> Doer:
        DOERS[f"async/{path}"] = function
        return function

    return register


def _asyncpg(
    path: str, *statements: str, url: str = settings.DATABASE, args: tuple[object, ...] = (), **told: Any
) -> None:
    @doer(f"asyncpg/{path}")
    async def ask() -> str:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=2, **told)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return str(await connection.fetch(statements[-1], *args))
        finally:
            await connection.close()


_COUNT = "select count(*) from items"
_asyncpg("ok", _COUNT)
_asyncpg("divide", "select 1 / (stock - stock) from items where id = 1")
_asyncpg("foreign", "insert into orders (id, item_id) values (901, 77777)")
_asyncpg("many-rows", "select (select id from items where id < 3)")
_asyncpg("function", "select shelf_of(id) from items")
_asyncpg("ambiguous", "select id from items join orders on item_id = items.id")
_asyncpg("schema", "create table warehouse.items (id int)")
_asyncpg("read-only", "begin read only", "update items set stock = stock + 1 where id = 4")
_asyncpg("statement-timeout", "set statement_timeout = 300", "select pg_sleep(3)")
_asyncpg("patience", "select pg_sleep(3)", command_timeout=0.3)
_asyncpg("denied", "drop table items")
_asyncpg("crowded", _COUNT, url=settings.CROWDED)
_asyncpg("locked", _COUNT, url=settings.LOCKED)
_asyncpg("private", _COUNT, url=settings.PRIVATE)
_asyncpg("closed-port", _COUNT, url=settings.CLOSED_DATABASE)
_asyncpg("lost-name", _COUNT, url=settings.LOST_DATABASE)
_asyncpg("arguments", _COUNT + " where id = $1", args=(1, 2))


@doer("asyncpg/idle")
async def idle() -> str:
    import asyncpg

    connection = await asyncpg.connect(settings.DATABASE, timeout=2)
    try:
        await connection.execute("set idle_in_transaction_session_timeout = 300")
        async with connection.transaction():
            await connection.fetch(_COUNT)
            await asyncio.sleep(0.8)
            return str(await connection.fetch(_COUNT))
    finally:
        await connection.close()


@doer("asyncpg/closed-pool")
async def closed_pool() -> str:
    import asyncpg

    pool = await asyncpg.create_pool(settings.DATABASE, min_size=1, max_size=1)
    await pool.close()
    return str(await pool.fetch(_COUNT))


def _sqlalchemy(path: str, url: str, work: Callable[[Any], Any]) -> None:
    @doer(f"sqlalchemy/{path}")
    async def ask() -> str:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        def run() -> str:
            with create_engine(url, poolclass=NullPool).connect() as connection:
                return str(work(connection))

        return await asyncio.to_thread(run)


def _text(statement: str, **values: object) -> Callable[[Any], Any]:
    def work(connection: Any) -> Any:
        from sqlalchemy import text

        return connection.execute(text(statement), values)

    return work


_PSYCOPG2 = settings.DATABASE.replace("postgresql://", "postgresql+psycopg2://")
_sqlalchemy("divide", _PSYCOPG2, _text("select 1 / (stock - stock) from items where id = 1"))
_sqlalchemy("foreign", _PSYCOPG2, _text("insert into orders (id, item_id) values (901, 77777)"))
_sqlalchemy("many-rows", _PSYCOPG2, _text("select (select id from items where id < 3)"))
_sqlalchemy("ambiguous", _PSYCOPG2, _text("select id from items join orders on item_id = items.id"))
_sqlalchemy("none", _PSYCOPG2, lambda c: _text("select 1 where false")(c).scalar_one())
_sqlalchemy("two", _PSYCOPG2, lambda c: _text("select id from items where id < 3")(c).scalar_one())
_sqlalchemy("no-rows", _PSYCOPG2, lambda c: _text("update items set stock = stock where id = 30")(c).fetchall())
_sqlalchemy("value", _PSYCOPG2, _text("select 1 from items where id = :id"))
_sqlalchemy("crowded", settings.CROWDED.replace("postgresql://", "postgresql+psycopg2://"), _text(_COUNT))
_sqlalchemy("private", settings.PRIVATE.replace("postgresql://", "postgresql+psycopg2://"), _text(_COUNT))
_sqlalchemy("lost-name", settings.LOST_DATABASE.replace("postgresql://", "postgresql+psycopg2://"), _text(_COUNT))
_sqlalchemy("no-driver", "oracle://shop@db/shop", _text(_COUNT))


def _aiohttp(path: str, url: str, read: str = "json") -> None:
    @doer(f"aiohttp/{path}")
    async def ask() -> str:
        import aiohttp

        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1), raise_for_status=True) as session,
            session.get(url) as answer,
        ):
            return str(await getattr(answer, read)())


_aiohttp("ok", f"{settings.OUTSIDE}/rate")
_aiohttp("broken", f"{settings.OUTSIDE}/status/500")
_aiohttp("gone", f"{settings.OUTSIDE}/status/404")
_aiohttp("too-often", f"{settings.OUTSIDE}/status/429")
_aiohttp("old-key", f"{settings.OUTSIDE}/status/401")
_aiohttp("slow", f"{settings.OUTSIDE}/slow")
_aiohttp("drip", f"{settings.OUTSIDE}/drip")
_aiohttp("half", f"{settings.OUTSIDE}/half")
_aiohttp("bad-chunk", f"{settings.OUTSIDE}/chunk")
_aiohttp("not-gzip", f"{settings.OUTSIDE}/gzip")
_aiohttp("html", f"{settings.OUTSIDE}/html")
_aiohttp("half-json", f"{settings.OUTSIDE}/json")
_aiohttp("loop", f"{settings.OUTSIDE}/loop")
_aiohttp("cut", f"{settings.OUTSIDE}/reset")
_aiohttp("nobody", f"http://{settings.HOST}:{settings.CLOSED}/rate")
_aiohttp("lost-name", "http://rates.invalid/rate")
_aiohttp("self-signed", f"https://{settings.HOST}:{settings.SECURE}/rate")


def _redis(path: str, port: int, *command: object) -> None:
    @doer(f"redis/{path}")
    async def ask() -> str:
        import redis.asyncio as redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = redis.Redis(host=settings.HOST, port=port, socket_timeout=_SILENT_S, retry=Retry(NoBackoff(), 0))
        try:
            await client.set("name", "tea")
            return str(await client.execute_command(*command))
        finally:
            await client.aclose()


_redis("as-list", settings.REDIS, "LPUSH", "name", "tea")
_redis("closed", settings.CLOSED, "GET", "name")
_redis("next", settings.REDIS, "BLPOP", "nobody-pushes", 3)
_redis("secret", settings.REDIS_SECRET, "GET", "name")
_redis("full", settings.REDIS_FULL, "GET", "name")
_redis("strange", settings.REDIS, "SET", "name", {"tea": 1})


@doer("late")
async def late() -> str:
    async with asyncio.timeout(0.2):
        await asyncio.sleep(2)
    return "never"


@doer("cancelled")
async def cancelled() -> str:
    task = asyncio.create_task(asyncio.sleep(2))
    task.cancel()
    await task
    return "never"


@doer("other-loop")
async def other_loop() -> str:
    future: asyncio.Future[int] = asyncio.new_event_loop().create_future()
    return str(await future)


@doer("blocking-call")
async def blocking_call() -> str:
    return str(asyncio.run(asyncio.sleep(0)))


@doer("not-awaited")
async def not_awaited() -> str:
    found: Any = asyncio.sleep(0, {"tea": 1})
    try:
        return str(found["tea"])
    finally:
        found.close()


@doer("without-cache")
async def without_cache() -> str:
    """Look into a dictionary, and then ask the database, which lacks the table."""
    import asyncpg

    known: dict[str, str] = {}
    try:
        return known["tea"]
    except KeyError:
        connection = await asyncpg.connect(settings.DATABASE, timeout=2)
        try:
            return str(await connection.fetch("select * from loyalty_points"))
        finally:
            await connection.close()
