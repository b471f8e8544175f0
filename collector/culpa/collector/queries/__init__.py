"""What answers `POST /v1/sql`: each query runs in a process of its own, over a snapshot of the store.

The way of a query: the receiver `sql` takes it, `places` lets it in, `forker` asks the process `zygote` for a child,
and the child (`runner`, under `limits`) answers over a socket. Whatever a query does to its process, ingest does not
notice.
"""

from culpa.collector.queries.answer import Answer
from culpa.collector.queries.forker import Forker
from culpa.collector.queries.limits import Limits
from culpa.collector.queries.places import NoPlace, Places

__all__ = ["Answer", "Forker", "Limits", "NoPlace", "Places"]
