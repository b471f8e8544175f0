"""Watch the free space of the store's disk, so that nothing is begun that a full disk would break."""

import time
from pathlib import Path

from culpa.store import StoreFull, StoreUnavailable, free_bytes

#: One look at the disk lasts so long: cheap enough for every request, quick enough for a disk that fills up.
_LASTS_S = 0.25


class FreeSpace:
    """The free space of one folder's file system."""

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        """Watch `folder`; nothing is asked of the disk yet."""
        self._folder = folder
        self._min_free_bytes = min_free_bytes
        self._free_bytes = 0
        self._looked_at = float("-inf")

    def check(self) -> None:
        """Do nothing while there is room. Errors: StoreFull; StoreUnavailable where the folder is gone."""
        now = time.monotonic()
        if now - self._looked_at >= _LASTS_S:
            try:
                self._free_bytes = free_bytes(self._folder)
            except OSError as error:
                raise StoreUnavailable(
                    f"the folder {self._folder} of the store cannot be reached ({error.strerror}); "
                    "put it back and it goes on, or restart to begin anew"
                ) from error
            self._looked_at = now
        if self._free_bytes < self._min_free_bytes:
            raise StoreFull(
                f"only {self._free_bytes >> 20} MiB are free on the disk of {self._folder}, "
                f"below min_free_bytes ({self._min_free_bytes >> 20} MiB); free some and send again"
            )
