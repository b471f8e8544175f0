"""What can go wrong with a store.

StoreError
├── StoreNotFound       there is nothing at that place
├── NotAStore           there is something, but not a culpa store
├── StoreDamaged        it holds less than was acknowledged, or cannot be read; `culpa store salvage`
├── StoreLocked         another process owns the file
├── StoreFull           no space left; nothing of the batch was stored
├── StoreUnavailable    the engine or the collector does not answer now; try again
│   ├── StoreGone       its file was deleted, replaced or unmounted while it was open
│   └── StoreRewritten  what was read is no longer one picture of it; a new picture can be read at once
├── StoreRefused        the collector wants a token, or another one
├── QueryRefused        not one read-only SELECT
└── QueryFailed         the engine could not answer the SELECT (message says why)

Every message says what failed, on what input, and what to do next.
"""


class StoreError(Exception):
    """A store could not do what was asked of it."""


class StoreNotFound(StoreError):
    """There is nothing at that place."""


class NotAStore(StoreError):
    """There is something at that place, but not a culpa store."""


class StoreDamaged(StoreError):
    """The store holds less than was acknowledged, or cannot be read; `culpa store salvage` saves the rest."""


class StoreLocked(StoreError):
    """Another process owns the file."""


class StoreFull(StoreError):
    """No space is left; nothing of the batch was stored."""


class StoreUnavailable(StoreError):
    """The engine or the collector does not answer now; the same call may succeed later."""


class StoreGone(StoreUnavailable):
    """The store's file was deleted, replaced or unmounted while it was open."""


class StoreRewritten(StoreUnavailable):
    """The store was rewritten while it was read; whoever takes a new picture of it can ask again at once."""


class StoreRefused(StoreError):
    """The collector wants a token, or another one."""


class QueryRefused(StoreError):
    """The text is not one read-only SELECT."""


class QueryFailed(StoreError):
    """The engine could not answer the SELECT."""
