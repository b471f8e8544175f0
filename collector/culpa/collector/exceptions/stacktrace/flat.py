"""Give a stack trace its lines back that a logger or a table put into one. Pure."""

from culpa.instrumentation.patterns import late_pattern

#: A frame of Java, .NET or Node behind others in one line; ends of lines may be written out, as `\\n\\tat`.
_FRAME = late_pattern(r"(?:\\n|\\r|\\t|[ \t\r])at ((?:async )?[\w$./<>@-]{1,400} ?\([^()\n]{0,400}\))")
_CAUSE = late_pattern(r"(?:\\n|\\t|[ \t])Caused by: ")
_LEAST_FRAMES = 2


def unfolded(text: str) -> str:
    """Return a trace with a line for each frame, where it has none; any other text as it is."""
    # Counted first, as most traces are of languages that write no such word.
    if text.count("at ") < _LEAST_FRAMES or "\n\tat " in text or "\n    at " in text or "\n   at " in text:
        return text
    if len(_FRAME.findall(text)) < _LEAST_FRAMES:
        return text
    return _CAUSE.sub("\nCaused by: ", _FRAME.sub(r"\n\tat \1", text)).replace("\\n\n", "\n").replace("\\n", "\n")
