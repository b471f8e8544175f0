"""The settings of the collector, as `culpa config` lists them."""

from culpa.collector.settings import Entry, entries


def setting_table() -> str:
    """Return a row for each."""
    return "\n".join(["| setting | default | unit | what it is |", "|---|---|---|---|", *map(_row, entries())])


def _row(entry: Entry) -> str:
    default = (
        f"`{str(entry.default).lower() if isinstance(entry.default, bool) else entry.default}`"
        if entry.default != ""
        else ""
    )
    return f"| `{entry.name}` | {default} | {entry.unit} | {entry.reason} |"
