"""One module for each system whose configuration can be checked; each has `check(path) -> list[Finding]`."""
