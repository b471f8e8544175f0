"""A segment that is being written is locked against other writers, whatever is read meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

from culpa.collector.recorded import files_under
from culpa.store import DuckDBStore
from culpa.store.ledger import mark_of, wal_of

OTHER = "import sys; from culpa.store import DuckDBStore; DuckDBStore(sys.argv[1], writable=True)"


def test_a_segment_is_not_read_under_another_name_either(tmp_path: Path) -> None:
    """Closing a file gives up this process's lock on it, and a second writer would destroy the segment."""
    segment, folder = tmp_path / "segment.duckdb", tmp_path / "logs"
    folder.mkdir()
    with DuckDBStore(segment, writable=True):
        os.link(segment, folder / "backup.duckdb")
        (folder / "link.duckdb").symlink_to(segment)
        (folder / "access.log").write_text("a line\n")
        found = list(files_under([folder], [segment, wal_of(segment), mark_of(segment)]))
        for path in found:
            path.read_bytes()
        assert [folder / "access.log"] == found
        other = subprocess.run([sys.executable, "-c", OTHER, str(segment)], capture_output=True, text=True, check=False)
        assert "StoreLocked" in other.stderr
