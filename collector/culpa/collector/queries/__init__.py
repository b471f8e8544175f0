"""`POST /v1/sql`: each query runs in a process of its own, over a snapshot of the store.

The way of a query: `endpoint` takes it, `places` lets it in, `forker` asks the process `zygote` for a child, and the
child (`runner`, under `limits`) answers over a socket. Whatever a query does to its process, ingest does not notice.
"""

from culpa.collector.queries.endpoint import sql_routes
from culpa.collector.queries.forker import Forker

__all__ = ["Forker", "sql_routes"]
