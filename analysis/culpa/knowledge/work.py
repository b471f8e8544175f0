"""What a piece of work may be that fails: a request, or what no request waits for."""

from typing import Final

#: The kind of work that is meant where nobody says another.
REQUEST: Final = "request"

#: All kinds. A task is of a task queue, a message of a broker; a job begins by itself, as cron's do.
KINDS_OF_WORK: Final = (REQUEST, "task", "message", "job")
