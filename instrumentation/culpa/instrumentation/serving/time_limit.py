"""The time limit of a task queue that is over: the pool ends the task's process, and says why in another one alone."""

import sys
import time
from typing import Any, Final, NamedTuple

from opentelemetry.sdk.trace import Span

#: The pool's clock starts a little before or after the span. Seconds.
_SLACK_S: Final = 0.2


class Limit(NamedTuple):
    """What the pool's own process says of the task, as an exception."""

    type: str
    message: str


def exceeded(span: Span) -> Limit | None:
    """Return Celery's hard limit of the task that runs here, if the span has lasted so long; else None."""
    celery: Any = sys.modules.get("celery")
    task = celery.current_task if celery is not None else None
    if not task or span.start_time is None:
        return None
    own = getattr(task.request, "timelimit", None) or (None,)
    limit_s = own[0] or task.time_limit or task.app.conf.task_time_limit
    if not limit_s or time.time() - span.start_time / 1e9 < limit_s - _SLACK_S:
        return None
    return Limit("billiard.exceptions.TimeLimitExceeded", f"TimeLimitExceeded({limit_s},)")
