"""The OpenTelemetry distro behind `culpa run`; works under `opentelemetry-instrument` as well."""

import os
import sys
from pathlib import Path
from typing import Any

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]  # not typed
from opentelemetry.util._importlib_metadata import EntryPoint

from culpa.instrumentation import hooks
from culpa.instrumentation.surroundings.environment import apply_defaults, note, reveal
from culpa.instrumentation.surroundings.instrumentors import load, prepare


class CulpaDistro(BaseDistro):  # type: ignore[misc]
    """The entry point `opentelemetry_distro`."""

    def _configure(self, **kwargs: Any) -> None:
        if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return
        before = dict(os.environ)
        reveal(os.environ)
        apply_defaults(os.environ, sys.orig_argv, _folder())
        note(os.environ, before)
        hooks.install()
        prepare()

    def load_instrumentor(self, entry_point: EntryPoint, **kwargs: Any) -> None:
        """Switch one instrumentation on, at the time when the program imports its library."""
        load(entry_point, **kwargs)


def _folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the working directory was removed: no reason for the program not to run
        return Path("/")
