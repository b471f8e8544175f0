"""Write docs/accuracy-wordings.md: how many of the real wordings are understood now, and how many were at first.

`python tests/knowledge/wordings_page.py` judges the lists and writes the page. What was first measured stands in
`wordings_measured.tsv` and is never measured again.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from culpa.knowledge.tables import read_table
from knowledge.wordings import LISTS, OUTCOMES, Judged, counts, judged, wordings

PAGE = Path(__file__).parents[2] / "docs" / "accuracy-wordings.md"
MEASURED = Path(__file__).with_name("wordings_measured.tsv")

Counts = dict[str, dict[str, int]]

_HEAD = """\
# How many real wordings are understood

`tests/knowledge/wordings_first.tsv`, `_second`, `_third` and `_fourth` hold {number} wordings of databases, caches, queues,
clients, cloud SDKs, pools, breakers, runtimes, web servers and kernels, each with its public source (of the fourth list mostly the library
that raises it). None of them is a sample of the
catalogue as it was when they were collected (of the later lists also none that differs by names and numbers alone), and what is true of
each was written down before it was judged. Each is read by the collector's own readers and judged by the whole engine: one failed
request whose only news is the exception on its span, or the line of a log.

A verdict is **right** if its cause is one of those that the list names, **honestly unknown** if it names no cause,
**confidently wrong** if it names another at 0.8 or more. Every third wording is **held**: when the list was collected it was only
counted, and no saying was written from it, so that its first figure says how well the catalogue knows what nobody has shown it. The held
ones of a list were so until the next was collected: those of the third until whole files as people post them were
(`tests/posted/`, [accuracy.md](accuracy.md)). Those of the fourth are held still.
Count again: `python tests/knowledge/wordings_page.py`."""


def page(now: dict[str, Counts]) -> Iterator[str]:
    """Write the lines of the page from the counts of each list by group."""
    yield _HEAD.format(number=sum(sum(groups["all"].values()) for groups in now.values()))
    first = first_measured()
    for name in LISTS:
        number = sum(now[name]["all"].values())
        yield f"\n## The {name} list: {number} wordings, before any saying was written for them\n"
        yield from _table(first[name])
        yield f"\n## The {name} list now\n"
        yield from _table(now[name])


def first_measured() -> dict[str, Counts]:
    """Return what was counted of each list, by group, before anything was written for it."""
    found: dict[str, Counts] = {name: {} for name in LISTS}
    for row in read_table(MEASURED.name, MEASURED.read_text("utf-8"), ["list", "wordings", *OUTCOMES]):
        found[row["list"]][row["wordings"]] = {outcome: int(row[outcome]) for outcome in OUTCOMES}
    return found


def _table(groups: Counts) -> Iterator[str]:
    yield "| wordings | | right | honestly unknown | wrong | confidently wrong | right, % |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for group, counted in groups.items():
        number = sum(counted.values())
        cells = " | ".join(map(str, (number, *counted.values())))
        yield f"| {group} | {cells} | {100 * counted['right'] / number:.1f} |"


def _now(name: str) -> Counts:
    all_of_them: list[Judged] = judged(wordings(name))
    return dict(counts(all_of_them))


if __name__ == "__main__":
    PAGE.write_text("\n".join(page({name: _now(name) for name in LISTS})) + "\n", "utf-8")
