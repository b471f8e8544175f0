"""Which witnesses are heard: the ablation drops the rows of the others before anything is judged."""

import duckdb

#: Each step hears the witnesses of those before it as well.
STEPS = ("spans", "web", "app", "all")

TITLES = {
    "spans": "spans only",
    "web": "+ web servers' logs",
    "app": "+ logs of apps, process managers and the kernel",
    "all": "+ databases' and caches' logs (everything)",
}

_WEB = ("nginx", "apache", "caddy")
_STORES = ("postgres", "mariadb", "mysql", "redis", "memcached", "sql_errlog")


def first_step(log_format: str) -> str:
    """Return the step from which records of a server-log format, or of OTLP logs, are heard."""
    if log_format.startswith(_WEB):
        return "web"
    if log_format.startswith(_STORES):
        return "all"
    return "app"


def hear(cursor: duckdb.DuckDBPyConnection, step: str) -> None:
    """Hide from this cursor what is heard from a later step only."""
    if step == "all":
        return
    formats = [name for (name,) in cursor.execute("select distinct format from memory.main.logs").fetchall()]
    heard = [name for name in formats if STEPS.index(first_step(name)) <= STEPS.index(step)]
    quoted = ", ".join(f"'{name}'" for name in ["", *heard])
    has_otlp = "true" if "otlp" in heard else "false"
    cursor.execute(f"create or replace temp view logs as select * from memory.main.logs where format in ({quoted})")
    cursor.execute(
        "create or replace temp view exceptions as select * from memory.main.exceptions as e "
        f"where e.source = 'span' or (e.log_id = '' and {has_otlp}) "
        "or (e.log_id <> '' and e.log_id in (select l.log_id from temp.logs as l))"
    )
    if step == "spans":
        cursor.execute("create or replace temp view access as select * from memory.main.access where false")
