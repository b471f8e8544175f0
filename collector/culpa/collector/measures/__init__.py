"""What the collector measures of itself, in the form that Prometheus reads."""

from culpa.collector.measures.measures import Measures
from culpa.collector.measures.store import StoreMeasures

__all__ = ["Measures", "StoreMeasures"]
