"""Profiles: read as far as to count them, and answered that none is kept.

Source: OTLP's development signal `profiles`. A sender that got 404 would say that no collector is there.
"""

from concurrent.futures import Future
from typing import Literal

from culpa.collector.decode import Signal, profiles_in
from culpa.collector.intake import Intake
from culpa.collector.measures import Measures
from culpa.collector.writer import Receipt

#: What is answered in OTLP's words.
Answered = Signal | Literal["profiles"]

_SAID = "culpa keeps no profiles, no verdict rests on them; send it traces, logs and metrics alone"


def submit(intake: Intake, measures: Measures, signal: Answered, body: bytes, *, is_json: bool) -> Future[Receipt]:
    """Have a body stored, or say how many profiles of it are left out. Errors: as `Intake.submit`; Malformed."""
    if signal != "profiles":
        return intake.submit(signal, body, is_json=is_json)
    number = profiles_in(body, is_json=is_json)
    measures.rejected(signal, number)
    answer: Future[Receipt] = Future()
    answer.set_result(Receipt(number, _SAID if number else ""))
    return answer
