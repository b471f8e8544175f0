"""What systems put around a program's lines (Docker, Kubernetes, systemd, process managers, clouds), and taking it off.

A wrapper is recognised by a file's first lines. They nest: a journal may hold what Docker wrote of a program. What a
wrapper tells (when, who, which stream) is kept beside the line. Refuses to know what the lines inside mean.
"""

from culpa.collector.wrappers._reading import Outcome, outcome_of, streams_for
from culpa.collector.wrappers._unwrapper import WRAPPERS, Unwrapper, unwrapper_of

__all__ = ["WRAPPERS", "Outcome", "Unwrapper", "outcome_of", "streams_for", "unwrapper_of"]
