"""How the process that packs is started, and what its end means."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from culpa.store import errors
from culpa.store.arrow_alone import BLAS_THREADS
from culpa.store.backup.order import PackingOrder
from culpa.store.errors import StoreError, StoreUnavailable

#: The command of the process.
PACKING = (sys.executable, "-P", "-m", "culpa.store.backup.packing")


def packing_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what it needs to find its modules, and no secret."""
    return {name: environ[name] for name in ("PATH", "PYTHONPATH", "LANG", "TMPDIR", BLAS_THREADS) if name in environ}


def packing_failure(said: str) -> StoreError:
    """Return the error that the process told."""
    kind, _, message = said.strip().partition(": ")
    known = getattr(errors, kind, None)
    if isinstance(known, type) and issubclass(known, StoreError):
        return known(message)
    return StoreUnavailable(f"no backup could be made: {said.strip() or 'its process was ended'}")


@contextmanager
def packed(hot: Path, known: Mapping[str, str]) -> Generator[BinaryIO]:
    """Yield the stream of a store that nobody writes. Errors: StoreError."""
    order = PackingOrder(str(hot.resolve()), -1, dict(known))
    with subprocess.Popen(
        PACKING,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env=packing_environment(),
    ) as process:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - they are pipes
        try:
            process.stdin.write(f"{order.text()}\n".encode())
            process.stdin.close()
            yield process.stdout  # type: ignore[misc]  # a buffered pipe
        except StoreError as error:
            # What broke the stream tells more than that it broke.
            process.kill()
            said = process.stderr.read().decode("utf-8", "replace")
            raise (packing_failure(said) if said else error) from error
        finally:
            process.kill()
