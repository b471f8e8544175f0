"""Every pattern of the program, in every language, for the proof of `culpa.collector.linear`; and texts that would show its fault."""
