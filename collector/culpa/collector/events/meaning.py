"""Which event a message tells of: the first of a list of words that it begins with."""

import re
from collections.abc import Iterable


def first_meaning(meanings: Iterable[tuple[re.Pattern[str], str]], message: str) -> tuple[str, dict[str, str]]:
    """Return the event of the first words that match, and what their groups tell; '' and nothing where none do."""
    for words, event in meanings:
        found = words.match(message)
        if found:
            return event, {key: value for key, value in found.groupdict().items() if value}
    return "", {}
