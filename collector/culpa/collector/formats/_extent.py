"""How much of a record is looked into, so that a line of megabytes costs no more than a long stack trace."""

from culpa.collector.formats._format import Record

#: Characters: several times the longest stack trace seen (an error that quotes 100 kB of input).
_MOST = 262_144
#: Characters of a line that is matched as a whole, for patterns that try again at many places.
SHORT_LINE = 4_096
#: Characters of an error's message that go into a stack trace: those behind them say nothing new.
MOST_OF_MESSAGE = 8_192


def text_of(record: Record) -> str:
    """Return the part of a record that is looked into."""
    return record.text[:_MOST]
