"""What answers `POST /v1/sql`: each query runs in a process of its own, over a snapshot of the store.

The way of a query: the receiver `sql`, or a mounted app, takes it, `questions` lets it in
(`places`) and holds a snapshot for it, `forker` asks the process `zygote` for a child, and the child
(`runner`, under `limits`) answers over a socket. Whatever a query does to its process, ingest does not
notice. The questions of one screen have a process in common (`moment`).
"""

from culpa.collector.queries.forker import Forker
from culpa.collector.queries.holding import Holding
from culpa.collector.queries.limits import Limits
from culpa.collector.queries.moment import Moment
from culpa.collector.queries.places import NoPlace
from culpa.collector.queries.questions import Begun, Questions

__all__ = ["Begun", "Forker", "Holding", "Limits", "Moment", "NoPlace", "Questions"]
