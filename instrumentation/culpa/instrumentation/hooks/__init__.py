"""What stock instrumentation misses, one library a file; this folder is the registry.

Every module here has `install() -> None`. It must not import a library that the program may not use: it asks
for a call when the program imports it. A hook that fails is said once and skipped.
"""

import importlib
import pkgutil
from types import ModuleType

from culpa.instrumentation.report import guarded

__all__ = ["install"]


def install() -> None:
    """Install every hook of this folder."""
    for found in pkgutil.iter_modules(__path__):
        guarded(f"the hook {found.name}")(_install)(found.name)


def _install(name: str) -> None:
    module: ModuleType = importlib.import_module(f"{__name__}.{name}")
    module.install()
