"""Use Arrow without pandas where a process has no use for it.

At the first array that Arrow makes of a list, it imports pandas, if that is installed, to know a Series when it sees
one: half a second of a command, and 50 MB of a collector.
"""

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out", name=name)


def leave_out_pandas() -> None:
    """Let Arrow take pandas for missing, until somebody asks it for a DataFrame; for processes that are ours alone."""
    if "pandas" in sys.modules:
        return
    refusing = _NoPandas()
    sys.meta_path.insert(0, refusing)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(refusing)
