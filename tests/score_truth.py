#!/usr/bin/env python3
"""Score verdicts against a table of truth: which component failed in each trace.

  score_truth.py STORE TRUTH.csv [--min-right 0.99]

STORE is a segment file that `culpa ingest` wrote; TRUTH.csv has the columns trace_id and component (others are ignored).
Prints how many failures are named rightly, and how many verdicts are about traces that are not in the table.
"""

import argparse
import csv
import sys
from pathlib import Path

from culpa.store import open_store


def main() -> int:
    """Compare, print, and return 1 below the threshold or on a false alarm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("truth", type=Path)
    parser.add_argument("--min-right", type=float, default=0.0)
    asked = parser.parse_args()
    with asked.truth.open(newline="") as file:
        truth = {row["trace_id"]: row["component"] for row in csv.DictReader(file)}
    store = open_store(asked.store)
    said = {row["trace_id"]: row["component"] for row in store.query("select * from verdicts").to_pylist()}
    store.close()
    right = sum(said.get(trace) == component for trace, component in truth.items())
    false_alarms = len(said.keys() - truth.keys())
    print(f"component right: {right} of {len(truth)}; verdicts on healthy traces: {false_alarms}")
    return int(right < asked.min_right * len(truth) or false_alarms > 0)


if __name__ == "__main__":
    sys.exit(main())
