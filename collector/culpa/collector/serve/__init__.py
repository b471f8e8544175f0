"""What puts the parts together and runs them: the HTTP app, and the collector as a process."""

from culpa.collector.serve.server import Collector

__all__ = ["Collector"]
