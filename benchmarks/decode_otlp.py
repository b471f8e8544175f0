"""Measure decode, redaction included: CPU ns a span, against Google's plain parse of the same bytes.

Usage: python benchmarks/decode_otlp.py [--spans 512] [--group 8] [--seconds 5] [--profile]
The ratio is what to compare between machines; the parse alone (nothing read out) is the floor of any Python
route.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from otlp_payloads import make_payloads

from culpa.collector.decode import decode
from culpa.collector.exceptions.reading import read_exception
from culpa.collector.exceptions.stacktrace import read_stack


def cpu_ns_per_span(work: Callable[[int], int], seconds: float) -> float:
    """Return the median of CPU nanoseconds a span over rounds that last `seconds` together."""
    figures: list[float] = []
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end or len(figures) < 3:
        start = time.process_time_ns()
        spans = work(number)
        figures.append((time.process_time_ns() - start) / spans)
        number += 1
    return sorted(figures)[len(figures) // 2]


def main() -> None:
    """Print the figures of one payload size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=512, help="spans of one request")
    parser.add_argument("--group", type=int, default=8, help="requests decoded in one call")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    groups = [make_payloads(options.group, options.spans, seed) for seed in range(8)]
    counts = [decode("traces", group).tables["spans"].num_rows for group in groups]
    size = sum(map(len, groups[0])) / counts[0]

    def parse(number: int) -> int:
        for body in groups[number % len(groups)]:
            ExportTraceServiceRequest.FromString(body)
        return counts[number % len(groups)]

    def read(number: int) -> int:
        decode("traces", groups[number % len(groups)])
        return counts[number % len(groups)]

    def read_anew(number: int) -> int:
        # As if each stack trace were new: the least favourable stream of errors.
        read_exception.cache_clear()
        read_stack.cache_clear()
        return read(number)

    print(f"{options.group} x {options.spans} spans a call, {size:.0f} B a span")
    floor = cpu_ns_per_span(parse, options.seconds / 5)
    print(f"plain parse                       {floor:7.0f} ns/span CPU")
    for name, work in (("decode, stacks seen before", read), ("decode, every stack trace new", read_anew)):
        ours = cpu_ns_per_span(work, options.seconds / 2)
        print(f"{name:30} {ours:10.0f} ns/span CPU, ratio {ours / floor:.1f}")
    if options.profile:
        with cProfile.Profile() as profile:
            for number in range(8):
                read(number)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
