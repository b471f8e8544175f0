"""Lists of words, written as running text."""


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())
