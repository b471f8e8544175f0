"""Bodies on their way in: bounded together, decoded in groups, handed to the writer."""

from typing import TYPE_CHECKING

from culpa.collector.intake.halves import decode_each
from culpa.instrumentation.late import late

if TYPE_CHECKING:
    from culpa.collector.intake.listener import Listener
    from culpa.collector.intake.queue import Intake
    from culpa.collector.intake.uploads import Busy, Uploads
else:
    # They import asyncio, which `culpa ingest` has no use for.
    __getattr__, __dir__ = late(__name__, listener=["Listener"], queue=["Intake"], uploads=["Busy", "Uploads"])

__all__ = ["Busy", "Intake", "Listener", "Uploads", "decode_each"]
