"""Use Arrow without what a process has no use for.

At the first array that Arrow makes of a list, it imports pandas, if that is installed, to know a Series when it sees
one: half a second of a command, and 50 MB of a collector. It always imports NumPy, whose OpenBLAS starts a thread for
each core to multiply matrices; that they wait for some cost every command 40 to 100 ms of CPU.
"""

import os
import sys
from importlib.abc import MetaPathFinder

#: As OpenBLAS reads it when it is loaded, once.
BLAS_THREADS = "OPENBLAS_NUM_THREADS"


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is left out", name=name)


def use_arrow_alone() -> None:
    """Import Arrow; take pandas for missing until somebody asks for a DataFrame, and start no thread to calculate.

    For processes that are ours alone, before they import anything that imports Arrow or NumPy.
    """
    os.environ.setdefault(BLAS_THREADS, "1")
    import pyarrow as pa

    if "pandas" in sys.modules:
        return
    refusing = _NoPandas()
    sys.meta_path.insert(0, refusing)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(refusing)
