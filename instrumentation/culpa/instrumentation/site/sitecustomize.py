# ruff: noqa: INP001  # Python looks this file up by name on its path; it is in no package
"""Loaded by Python at start under `culpa run`: switch tracing on, then run the sitecustomize it hides."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from os import environ, pathsep
from os.path import abspath, dirname

_HERE = dirname(abspath(__file__))  # noqa: PTH100, PTH120  # pathlib costs every Python process 10 ms


def _switch_on() -> None:
    """Instrument this process; processes started meanwhile must not do the same, or it never ends."""
    path = environ.get("PYTHONPATH", "")
    environ["PYTHONPATH"] = pathsep.join(part for part in path.split(pathsep) if part and part != _HERE)
    try:
        from opentelemetry.instrumentation.auto_instrumentation import (  # pyright: ignore[reportMissingTypeStubs]
            initialize,
        )

        initialize()
    except ImportError as error:
        sys.stderr.write(
            f"culpa: {sys.executable} cannot load the instrumentation ({error}); "
            "the program runs without it: pip install culpa into the same environment\n"
        )
    finally:
        environ["PYTHONPATH"] = path


def _hidden() -> None:
    """Run the sitecustomize that stands further down the path, as Python would have."""
    rest = [part for part in sys.path if abspath(part or ".") != _HERE]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_switch_on()
_hidden()
