"""All that is known about one request, for a reader: its tree, what sets it apart, how to look again."""
