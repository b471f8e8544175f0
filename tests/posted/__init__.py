"""Files as people posted them in public reports, and what is true of each."""
