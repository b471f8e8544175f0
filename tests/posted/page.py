"""Write docs/accuracy-posted.md: what comes of the files as people posted them now, and what came of them at first.

`python tests/posted/page.py` judges all of them (ten minutes) and writes the page.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from culpa.knowledge.tables import read_table
from posted.posted import HERE, OUTCOMES, counts, judged, truths

PAGE = HERE.parents[1] / "docs" / "accuracy-posted.md"

_HEAD = """\
# Files as people posted them

`tests/posted/` holds {number} cases: excerpts of logs out of public reports and questions about failed requests, of {sources} projects,
from Elixir to Rust, one file each or a folder of what several programs wrote. Each is as long as people post them, wrapped as they have it, and often all that there is: no web server's
log beside it, no trace. Names, addresses and secrets are replaced. `truths.tsv` says of each where it is from, whether it stands
as it was posted or was completed around posted lines, and what is true of it; that was written down before the first was judged. Each
later list was collected when those before it were understood, from other projects; so its first figure is what is to be expected of files that nobody has seen. The list `lines` holds requests, not files: each
failed with another line of nginx or Apache, most of them provoked or looked up in the server itself; those of Apache count twice, as its
two default layouts write them.

A case is **right** if its verdict names one of the causes that are true, and the component where one is told; **honest** if it says
`unknown` where it tells too little; **helpless** if it says `unknown` though it tells; **none** if no request that failed was
found; **confidently wrong** if it names another cause at 0.8 or more. Count again: `python tests/posted/page.py`.

| | right | honest | too sure | helpless | none | wrong | confidently wrong |
|---|---:|---:|---:|---:|---:|---:|---:|"""


def page(now: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Write the lines of the page from the counts of each list."""
    known = truths()
    yield _HEAD.format(number=len(known), sources=len({one.source.rpartition(" ")[0] for one in known}))
    for name, first in first_measured().items():
        for when, counted in (
            (f"{name} list, before anything was written for it", first),
            (f"{name} list, now", now[name]),
        ):
            yield f"| {when} | " + " | ".join(str(counted.get(outcome, 0)) for outcome in OUTCOMES) + " |"


def first_measured() -> dict[str, dict[str, int]]:
    """Return how many of each list had which outcome before anything was written for them."""
    table = HERE / "measured.tsv"
    found: dict[str, dict[str, int]] = {}
    for row in read_table(table.name, table.read_text("utf-8"), ["list", "outcome", "files"]):
        found.setdefault(row["list"], {})[row["outcome"]] = int(row["files"])
    return found


if __name__ == "__main__":
    all_of_them = [judged(one) for one in truths()]
    lists = dict.fromkeys(one.truth.list for one in all_of_them)
    now = {name: counts(one for one in all_of_them if one.truth.list == name) for name in lists}
    PAGE.write_text("\n".join(page(now)) + "\n", "utf-8")
