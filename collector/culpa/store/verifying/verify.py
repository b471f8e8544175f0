"""Look at every file of a store: is it there and listed, can all of it be read, has it the rows that it should have."""

from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from culpa.store.duckdb import segment_of
from culpa.store.errors import StoreDamaged, StoreError, StoreLocked, StoreNotFound
from culpa.store.segments.listing import HOT_SEGMENT, Segment
from culpa.store.verifying.owned import listed_by_owner
from culpa.store.verifying.reading import read_through


@dataclass
class Verified:
    """Rows that were read by file; `wrong` says in words what is wrong and what to do, `notes` what else to know."""

    rows: dict[str, int] = field(default_factory=dict[str, int])
    wrong: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.wrong


def verify(where: Path) -> Verified:
    """Read a store to its end. Errors: StoreNotFound, NotAStore where there is none to look at."""
    hot = segment_of(where)
    done = Verified()
    listed = _hot(hot, where, done)
    if hot.name == HOT_SEGMENT:
        _sealed(hot.parent, where, listed, done)
    return done


def _hot(hot: Path, where: Path, done: Verified) -> tuple[Segment, ...] | None:
    """Read the hot file; return what it lists, None where that is not known."""
    if hot.name == HOT_SEGMENT and not hot.exists() and list(hot.parent.glob("sealed-*.duckdb")):
        done.wrong.append(f"{hot.name} is gone, with the list of the sealed files; {_back(hot.name)}")
        return None
    try:
        found = read_through(hot, str(where))
    except StoreLocked:
        done.notes.append(
            f"{hot.name} is in use by a running collector and was not read; stop it and verify again to have that too"
        )
        listed = listed_by_owner(hot)
        if listed is None:
            done.notes.append("its list could not be read either: files that are missing or not listed are not told")
        return listed
    except StoreNotFound:
        raise
    except StoreDamaged as error:
        done.wrong.append(f"{hot.name}: {error}")
        return None
    done.rows[hot.name] = sum(found.rows.values())
    return found.listed


def _sealed(folder: Path, where: Path, listed: tuple[Segment, ...] | None, done: Verified) -> None:
    known = {one.name: one for one in listed or ()}
    for one in known.values():
        if not one.is_dropped:
            _one(one.place(folder), one, where, done)
    for path in sorted(folder.glob("sealed-*.duckdb")):
        if listed is None:
            _one(path, None, where, done)
        elif path.name not in known:
            # Of a file that was just sealed the list may not have been read yet.
            _unlisted(path, folder, done)


def _one(path: Path, one: Segment | None, where: Path, done: Verified) -> None:
    try:
        rows = read_through(path).moving
    except StoreNotFound:
        if one and _still_counts(path.parent, one):
            done.wrong.append(f"{one.name} is gone, with {one.rows:,} rows; {_back(one.name)}")
        return
    except StoreError as error:
        reason = str(error).partition(". `culpa store")[0]
        done.wrong.append(
            f"{path.name}: {reason}; {_back(path.name)}, or save what can be read of it with all the rest: "
            f"`culpa store salvage {quote(str(where))} NEW`"
        )
        return
    done.rows[path.name] = rows
    if one and rows != one.rows:
        done.wrong.append(
            f"{one.name} holds {rows:,} rows and should hold {one.rows:,}: it is another file; {_back(one.name)}"
        )


def _still_counts(folder: Path, one: Segment) -> bool:
    """Say whether the list still names it: a running collector may have dropped it meanwhile."""
    listed = listed_by_owner(folder / HOT_SEGMENT)
    return listed is None or any(now.name == one.name and not now.is_dropped for now in listed)


def _unlisted(path: Path, folder: Path, done: Verified) -> None:
    listed = listed_by_owner(folder / HOT_SEGMENT) or ()
    if path.exists() and path.name not in {one.name for one in listed}:
        done.wrong.append(
            f"{path.name} is not listed, so nothing of it is read; it may be of another store or of a backup: "
            "look at it with --store, then move it away"
        )


def _back(name: str) -> str:
    return f"put {name} back from a backup"
