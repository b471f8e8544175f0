"""Lines of source for a stack trace, read from regular files of a sensible size only.

A code object's file name may be anything: a pipe that nobody writes into, a device that never ends, a loader whose
`get_source` waits for a network. Python's linecache opens whatever it is.
"""

import linecache
import os
import stat
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

#: Bytes; the largest modules of the standard library have a tenth of that.
_LARGEST = 2 << 20
#: Loaders whose sources lie in memory or in an archive on disk; any other is code that may do what it likes.
_HARMLESS_LOADERS = frozenset(("zipimport.zipimporter",))
#: Names of which is known whether they may be read, some 100 bytes each.
_MOST_KNOWN = 4096
_readable: dict[str, bool] = {}


def may_read(filename: str, names: dict[str, Any]) -> bool:
    """Return whether linecache may be asked for lines of this file; `names` are the globals of its code."""
    known = linecache.cache.get(filename)
    if known is not None:
        return len(known) > 1 or _is_harmless(names)
    found = _readable.get(filename)
    if found is None:
        if len(_readable) >= _MOST_KNOWN:
            _readable.clear()
        found = _readable[filename] = _is_regular(filename)
    if not found and _is_harmless(names):
        linecache.lazycache(filename, names)
        return True
    return found


def _is_harmless(names: dict[str, Any]) -> bool:
    loader: object = names["__loader__"] if type(names) is dict and "__loader__" in names else None
    kind = type(loader)
    return f"{kind.__module__}.{kind.__qualname__}" in _HARMLESS_LOADERS


def _is_regular(filename: str) -> bool:
    if not filename or "\0" in filename or filename.startswith("<"):
        return False
    # As linecache looks: a relative name also along the path.
    folders = [""] if os.path.isabs(filename) else ["", *sys.path]  # noqa: PTH117  # as it stands in the code object
    for folder in folders:
        try:
            found = os.stat(os.path.join(folder, filename))  # noqa: PTH116, PTH118
        except (OSError, ValueError):
            continue
        # /proc and its like have regular files of no size that never end.
        return stat.S_ISREG(found.st_mode) and 0 < found.st_size <= _LARGEST
    return False


@contextmanager
def only_readable(stacks: Iterable[TracebackType | None], names: Iterable[object] = ()) -> Generator[None]:
    """Keep linecache, and so traceback, from opening any file of these stacks that may not be read."""
    hidden: set[str] = set()
    for name in [*_unreadable(stacks), *names]:
        if isinstance(name, str) and not may_read(name, {}) and name not in linecache.cache:
            # Without a time it is left alone by whoever checks whether the file has changed.
            linecache.cache[name] = (0, None, [], name)
            hidden.add(name)
    try:
        yield
    finally:
        for name in hidden:
            linecache.cache.pop(name, None)


def _unreadable(stacks: Iterable[TracebackType | None]) -> Iterator[str]:
    seen: set[str] = set()
    for stack in stacks:
        at = stack
        while at is not None:
            filename = at.tb_frame.f_code.co_filename
            if filename not in seen:
                seen.add(filename)
                if not may_read(filename, at.tb_frame.f_globals):
                    yield filename
            at = at.tb_next
