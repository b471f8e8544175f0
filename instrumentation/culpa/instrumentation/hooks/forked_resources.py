"""What a forked child says of itself, found out without a thread.

The SDK starts a pool of threads for that in every child, three times, and waits for it. Where gevent is, the wait lets
the child run what its parent's greenlets were about to do: requests are answered twice or never, the child lives on.
"""

from types import ModuleType

from opentelemetry.sdk.resources import Resource

from culpa.instrumentation.report import guarded, when_imported

_NAME = "_get_process_dependent_resource"
_MODULES = ("opentelemetry.sdk.trace", "opentelemetry.sdk._logs._internal", "opentelemetry.sdk.metrics._internal")


def install() -> None:
    """Replace the SDK's function where its providers look it up."""
    for name in _MODULES:
        when_imported(name, _replace)


def _replace(module: ModuleType) -> None:
    if _NAME not in vars(module):
        raise AttributeError(f"{module.__name__} has no {_NAME}")
    setattr(module, _NAME, _found)


def _found() -> Resource:
    return _detect() or Resource.get_empty()


@guarded("detecting the resource of a forked process")
def _detect() -> Resource:
    from opentelemetry.sdk.resources import (
        _build_resource_detectors,  # pyright: ignore[reportPrivateUsage]  # no public way
    )

    found = Resource.get_empty()
    for detector in _build_resource_detectors():
        if detector.is_process_dependent():
            found = found.merge(detector.detect())
    return found
