"""Under the report of a test that failed: why the requests that it met were answered 5xx."""

import time
from collections.abc import Generator
from typing import Any, Final

import pytest

from culpa.testing.tracing import Tracing

_TITLE: Final = "culpa: why 500"


class Explaining:
    """Notes when a test began, and asks what failed since then."""

    def __init__(self, tracing: Tracing) -> None:
        """Take over what was started."""
        self._tracing = tracing
        self._began_ns = time.time_ns()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Begin a test."""
        self._began_ns = time.time_ns()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: "pytest.CallInfo[Any]"
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add a section for each failed request; a test that passed costs no question."""
        report = yield
        if report.failed and call.when != "teardown":
            report.sections += [(_TITLE, text) for text in self._tracing.explanations(self._began_ns)]
        return report
