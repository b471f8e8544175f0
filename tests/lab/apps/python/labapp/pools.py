"""A pool of connections that is too small for what one request wants: two at a time, and there is one."""

import functools
from collections.abc import Mapping
from typing import Any

from labapp import settings
from labapp.deeds import deed


@functools.cache
def _psycopg() -> Any:
    from psycopg_pool import ConnectionPool

    return ConnectionPool(settings.DATABASE, min_size=1, max_size=1, timeout=0.4, open=True)


@functools.cache
def _sqlalchemy() -> Any:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    url = settings.DATABASE.replace("mysql://", "mysql+pymysql://").replace("postgresql://", "postgresql+psycopg://")
    return create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.4)


@deed("basket/merge")
def nested(_asked: Mapping[str, str]) -> str:
    if settings.DRIVER == "psycopg":
        pool = _psycopg()
        with pool.connection() as one, pool.connection() as other:
            one.execute("select 1")
            other.execute("select 1")
    else:
        from sqlalchemy import text

        engine = _sqlalchemy()
        with engine.connect() as one, engine.connect() as other:
            one.execute(text("select 1"))
            other.execute(text("select 1"))
    return "merged"
