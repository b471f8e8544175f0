"""How much of a text from outside is matched by patterns. What is stored has limits of its own."""

#: Characters of an exception's type, or of a function's name.
MOST_OF_NAME = 1_000
#: Characters of a message or a log's body: what tells the error stands at its start.
MOST_OF_MESSAGE = 16_384
#: Characters of a stack trace: several times the longest seen.
MOST_OF_STACK = 262_144
