"""`culpa doctor collector [URL]`: how a running collector is, and whether one can be started with these settings."""

from culpa.collector.commands.doctor.look import look

__all__ = ["look"]
