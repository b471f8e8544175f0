"""Ports and connections: how many there may be, and how long a peer may take."""

from typing import TYPE_CHECKING

from culpa.collector.connections.descriptors import most_grpc, most_http, raise_limit
from culpa.collector.connections.listen import listen
from culpa.instrumentation.late import late

if TYPE_CHECKING:
    from culpa.collector.connections.connection import Limits, bounded, sweep
else:
    # It imports uvicorn, for which no command's help should wait.
    __getattr__, __dir__ = late(__name__, connection=["Limits", "bounded", "sweep"])

__all__ = ["Limits", "bounded", "listen", "most_grpc", "most_http", "raise_limit", "sweep"]
