"""What has failing traces judged: it waits until they are quiet, and knows no rule."""

from culpa.collector.settler.settler import Settle, Settler

__all__ = ["Settle", "Settler"]
