"""What the lines of servers mean, in words of our own: the same whether a line comes by OTLP or out of a file."""

from culpa.collector.events.accepting import can_accept_no_more
from culpa.collector.events.answers import Answered, asked_here, failed_answer
from culpa.collector.events.frameworks import framework_failure
from culpa.collector.events.meaning import first_meaning
from culpa.collector.events.methods import METHODS
from culpa.collector.events.python import (
    LOGGERS,
    end_of_process,
    failed_request_of,
    is_startup,
    meaning_of,
    of_process,
)
from culpa.collector.events.words import ATTRIBUTES, EVENTS

__all__ = [
    "ATTRIBUTES",
    "EVENTS",
    "LOGGERS",
    "METHODS",
    "Answered",
    "asked_here",
    "can_accept_no_more",
    "end_of_process",
    "failed_answer",
    "failed_request_of",
    "first_meaning",
    "framework_failure",
    "is_startup",
    "meaning_of",
    "of_process",
]
