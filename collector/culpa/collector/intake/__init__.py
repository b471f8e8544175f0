"""Bodies on their way in: bounded together, decoded in groups, handed to the writer."""

from culpa.collector.intake.halves import decode_each
from culpa.collector.intake.listener import Listener
from culpa.collector.intake.queue import Intake
from culpa.collector.intake.uploads import Busy, Uploads

__all__ = ["Busy", "Intake", "Listener", "Uploads", "decode_each"]
