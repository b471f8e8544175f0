"""What is left out of a folder, said to people: each file once, and of a kind that is left out the first ones."""

from collections.abc import Callable

#: Files that are named of those that have the same trouble.
_MOST_NAMED = 5


class Leavings:
    """What was said, and what is to be said."""

    def __init__(self, where: str, say: Callable[[str], None]) -> None:
        """Begin with nothing said."""
        self._where = where
        self._say = say
        self._known: set[str] = set()  # paths of broken files, and kinds of trouble
        self._new: dict[str, list[str]] = {}  # paths by their trouble
        self._kinds: dict[str, dict[str, None]] = {}

    def broken(self, path: str, why: str) -> None:
        """Have a file named."""
        if path not in self._known:
            self._known.add(path)
            self._new.setdefault(f"cannot be read ({why})", []).append(path)

    def kind(self, path: str, trouble: str) -> None:
        """Have a file named that is of a kind which is left out, unless that kind was told already."""
        if trouble not in self._known:
            self._kinds.setdefault(trouble, {})[path] = None

    def tell(self) -> None:
        """Say what is new."""
        for trouble, paths in self._new.items():
            self._say(f"{self._where}: left out, since they {trouble}: {_named(paths)}")
        for trouble, some in self._kinds.items():
            self._known.add(trouble)
            self._say(f"{self._where}: left out, as others that come, since they {trouble}: {_named(list(some))}")
        self._new, self._kinds = {}, {}


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(paths[:_MOST_NAMED]) + more
