"""What the collector measures of itself, in the form that Prometheus reads."""

from culpa.collector.measures.measures import Measures
from culpa.collector.measures.store import StoreMeasures
from culpa.collector.measures.verdicts import Settled

__all__ = ["Measures", "Settled", "StoreMeasures"]
