"""The requests that a process serves: which are open, how they end, and what is told of those that never do."""
