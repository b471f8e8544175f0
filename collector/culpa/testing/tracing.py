"""A collector of the tests' own, and tracing in this process and in those that it starts."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from culpa.instrumentation.start.run import SITE, with_site
from culpa.instrumentation.surroundings.environment import apply_defaults

_START_S: Final = 60.0
#: A verdict is waited for so long; and so long it is waited whether there will be a failed request at all.
_VERDICT_S: Final = 10.0
_GLANCE_S: Final = 0.5
_RUNBOOK: Final = "\nWhat to do:"
_LISTENING: Final = "OTLP/HTTP on "
#: A test meets few; a loop may meet thousands, which say the same.
_MOST: Final = 3


class CannotTrace(Exception):
    """Tracing cannot begin; the message says what to do."""


class Tracing:
    """From the first import of the user's to the end of the run."""

    def __init__(self) -> None:
        """Start the collector, and switch tracing on. Errors: CannotTrace."""
        if str(SITE) in os.environ.get("PYTHONPATH", "").split(os.pathsep):
            raise CannotTrace("this pytest runs under `culpa run` already; leave one of them out")
        if find_spec("isal") is None or find_spec("duckdb") is None:
            raise CannotTrace("it runs a collector: pip install 'culpa[collector]'")
        self._folder = Path(tempfile.mkdtemp(prefix="culpa-pytest-"))
        try:
            self._process = self._started()
            self._url = self._listening()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._switch_on()

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--store", str(self._folder / "store")]
        command += ["--http-port", "0", "--grpc-port", "0", "--min-free-bytes", "0", "--settle-s", "0.3"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("CULPA_", "OTEL_"))}
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ)

    def _listening(self) -> str:
        give_up_at = time.monotonic() + _START_S
        while _LISTENING not in (seen := (self._folder / "log").read_text("utf-8", "replace")):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self._process.kill()
                self._process.wait()
                raise CannotTrace(f"its collector does not start: {' '.join(seen.split())[-500:] or 'it says nothing'}")
            time.sleep(0.05)
        return seen.partition(_LISTENING)[2].partition(",")[0].strip()

    def _switch_on(self) -> None:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = self._url
        apply_defaults(os.environ, sys.orig_argv, Path.cwd())
        from opentelemetry.instrumentation.auto_instrumentation import (  # pyright: ignore[reportMissingTypeStubs]
            initialize,
        )

        initialize()
        # Servers that a test starts are traced as well.
        os.environ["PYTHONPATH"] = with_site(os.environ.get("PYTHONPATH", ""))

    def explanations(self, since_ns: int) -> list[str]:
        """Return why each request failed since then, as text; what cannot be told is said in its place."""
        from culpa.analysis.surface.session import open as open_session
        from culpa.store import StoreError

        _flush()
        try:
            with open_session(self._url) as session:
                found = [session.explain(trace_id).text for trace_id in self._judged(session, since_ns)]
                # What to do at night is not what to do about a test.
                return [text.partition(_RUNBOOK)[0].rstrip() for text in found]
        except (StoreError, LookupError, ValueError) as error:
            return [f"culpa could not tell: {error}"]

    def _judged(self, session: Any, since_ns: int) -> list[str]:
        """Return the traces of the failed requests, when all that are known have their verdict."""
        began = time.monotonic()
        while True:
            failed, judged = set(_asked(session, _FAILED, since_ns)), list(_asked(session, _JUDGED, since_ns))
            waited_s = time.monotonic() - began
            is_over = failed <= set(judged) and (judged or waited_s > _GLANCE_S)
            if is_over or waited_s > _VERDICT_S:
                return judged[:_MOST]
            time.sleep(0.1)

    def stop(self) -> None:
        """End the collector, and remove what it kept."""
        _flush()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


#: Where the framework turns an exception into an answer outside of what is traced, the status is not known.
_FAILED: Final = (
    "select distinct trace_id from spans "
    "where kind = 2 and (http_response_status_code >= 500 or (http_response_status_code = 0 and status_code = 2)) "
    "and start_time >= make_timestamp_ns($since_ns::bigint)"
)
_JUDGED: Final = (
    "select trace_id from verdicts where ended_at >= make_timestamp_ns($since_ns::bigint) "
    "group by trace_id order by min(ended_at)"
)


def _asked(session: Any, sql: str, since_ns: int) -> Iterator[str]:
    return (row["trace_id"] for row in session.sql(sql, since_ns=since_ns))


def _flush() -> None:
    from opentelemetry import _logs, trace

    for provider in (trace.get_tracer_provider(), _logs.get_logger_provider()):
        flush = getattr(provider, "force_flush", None)
        if flush is not None:
            flush(5_000)
