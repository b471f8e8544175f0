"""Hold snapshots of the store for what goes on in the event loop, which must wait for no checkpoint."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack

from culpa.store import DuckDBStore, Snapshot

#: How long is waited for a checkpoint, which takes a second or two.
_CHECKPOINT_S = 20.0


class Holding:
    """Enters and leaves snapshots of one store, at most `number` at a time."""

    def __init__(self, store: DuckDBStore, number: int) -> None:
        """Hold none."""
        self._store = store
        # Of their own: to wait for a checkpoint must not keep other endpoints waiting.
        self._threads = ThreadPoolExecutor(number, "culpa-snapshot")

    async def enter(self, stack: AsyncExitStack) -> Snapshot:
        """Hold a snapshot until the stack ends; both may wait for a checkpoint. Errors: StoreUnavailable."""
        holding = self._store.snapshot(_CHECKPOINT_S)
        entering = self._threads.submit(holding.__enter__)

        def leave(entered: Future[Snapshot]) -> None:
            if not entered.cancelled() and not entered.exception():
                self._threads.submit(holding.__exit__, None, None, None)

        # Also if whoever asked is gone before it is entered; a snapshot that nobody leaves would stop all checkpoints.
        stack.callback(entering.add_done_callback, leave)
        return await asyncio.wrap_future(entering)
