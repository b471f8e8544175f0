"""Faults of the machine: memory, disk, open files."""

from lab import acts
from lab.fault import Fault, get

FAULTS = (
    Fault("more memory wanted than there is", "host.memory_exhausted", "host", get("/panorama"), ("rlimit|php|node|java",)),
    Fault("a full disk", "host.disk_full", "host", get("/export"), ("files",), act=acts.swept, is_alone=True, is_quick=True),
    Fault("more open files than a process may have", "host.too_many_open_files", "host", get("/attachments"), ("rlimit",), is_alone=True, is_quick=True),
)  # fmt: skip
