"""Feed the decoder spoilt bodies: nothing but Malformed may come out, no neighbour be lost, no input be dear.

The long form: python -m tests.collector.decode.fuzz --count 1000000 [--seed 1]; the short form is `test_fuzz`.
Bodies that a plain parser takes are decoded in groups, as the collector does; all others one by one.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.collector.decode import Decoded, Malformed, decode
from culpa.collector.decode import json_metric_shapes as metric_shapes
from culpa.collector.decode import json_shapes as shapes
from culpa.collector.tables import MAX_NS
from culpa.store import DuckDBStore

from .mutate import Kind, among_neighbours, corpus, mutated, spoilt_item

_RELATION = {"traces": "spans", "logs": "logs", "metrics": "metric_points"}
_PARSE = {
    "traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest,
}  # fmt: skip
_SHAPES: dict[str, type] = {"traces": shapes.Traces, "logs": shapes.Logs, "metrics": metric_shapes.Metrics}
#: Bodies of one call, and calls between two looks at what a store makes of the rows.
_GROUP, _STORE_EVERY = 256, 100
#: Spoilt items of one body.
_ITEMS = 24
#: A small body costs what a call costs; so costs are compared of bodies of at least so many bytes.
_PADDED_BYTES = 150_000
#: An item counts as so many bytes more than it has.
_ITEM_BYTES = 64
#: No body may cost so many times what the middle one of its kind costs a byte.
MAX_RATIO = 5.0


class Fuzz:
    """One run. Raises on the first crash, lost neighbour or row that a store would not take."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.corpus = corpus()
        self.folder = folder
        self.counts: Counter[str] = Counter()
        self._groups: dict[Kind, list[bytes]] = {kind: [] for kind in self.corpus}
        self._items: dict[Kind, list[bytes]] = {kind: [] for kind in self.corpus}
        self._names = {
            kind: {"traces": "GET /orders", "logs": "it broke", "metrics": "queue"}[kind[0]] for kind in self.corpus
        }
        self._whole_alone = {
            kind: self._whole(kind, decode(kind[0], [among_neighbours(kind, bodies, [])], is_json=kind[1])) // 2
            for kind, bodies in self.corpus.items()
        }
        self._expected = {
            kind: decode(kind[0], [bodies[0]], is_json=kind[1]).rows_per_body for kind, bodies in self.corpus.items()
        }

    def run(self, count: int) -> None:
        """Decode so much that was spoilt: every fourth a body, the others items that stand among whole ones."""
        kinds = list(self.corpus)
        with DuckDBStore(self.folder / "fuzz.duckdb", writable=True, threads=1) as self.store:
            for number in range(count):
                kind = kinds[number % len(kinds)]
                if number // len(kinds) % 4 == 0:
                    self._outer(kind, mutated(self.chance, kind, self.corpus[kind]))
                else:
                    self._inner(kind, spoilt_item(self.chance, kind, self.corpus[kind]))
            for kind in kinds:
                self._flush(kind)

    def _outer(self, kind: Kind, body: bytes) -> None:
        if not _is_parsed(kind, body):
            self._alone(kind, body)
            return
        self._groups[kind].append(body)
        if len(self._groups[kind]) >= _GROUP:
            self._flush(kind)

    def _flush(self, kind: Kind) -> None:
        group, self._groups[kind] = self._groups[kind], []
        # A whole body in the middle, whose rows must be there whatever the others are.
        place = len(group) // 2
        group.insert(place, self.corpus[kind][0])
        try:
            found = decode(kind[0], group, is_json=kind[1])
        except Malformed:
            self.counts["groups taken apart"] += 1
            for body in group:
                self._alone(kind, body, must_be_whole=body is self.corpus[kind][0])
            return
        assert found.rows_per_body[place] == self._expected[kind][0], "a neighbour was lost"
        self.counts["decoded in groups"] += len(group) - 1
        self._check(kind, found)

    def _alone(self, kind: Kind, body: bytes, *, must_be_whole: bool = False) -> None:
        try:
            found = decode(kind[0], [body], is_json=kind[1])
        except Malformed:
            assert not must_be_whole, "a neighbour was lost"
            self.counts["malformed"] += 1
            return
        except BaseException:
            self._keep(kind, body)
            raise
        self.counts["decoded alone"] += 1
        self.counts["with items rejected"] += bool(found.rejected_per_body[0])
        self._check(kind, found)

    def _inner(self, kind: Kind, spoilt: bytes) -> None:
        self._items[kind].append(spoilt)
        if len(self._items[kind]) < _ITEMS:
            return
        items, self._items[kind] = self._items[kind], []
        body = among_neighbours(kind, self.corpus[kind], items)
        try:
            found = decode(kind[0], [body], is_json=kind[1])
            kept = self._whole(kind, found)
        except BaseException:
            self._keep(kind, body)
            raise
        if kept < 2 * self._whole_alone[kind]:
            self._keep(kind, body)
            raise AssertionError(f"of the whole items {kept} rows are left: one among them cost them")
        self.counts["items among whole ones"] += len(items)
        self.counts["items rejected"] += found.rejected_per_body[0]
        self._check(kind, found)

    def _whole(self, kind: Kind, found: Decoded) -> int:
        """Return how many rows the whole items brought: they are like those of the first item of the corpus."""
        name = {"traces": "span_name", "logs": "body", "metrics": "name"}[kind[0]]
        like = self._names[kind]
        return int(found.tables[_RELATION[kind[0]]].column(name).to_pylist().count(like))

    def _check(self, kind: Kind, found: Decoded) -> None:
        """See that the rows are such as a store takes and SQL can reckon with."""
        table = found.tables[_RELATION[kind[0]]]
        assert sum(found.rows_per_body) == table.num_rows
        for name in table.schema.names:
            if str(table.schema.field(name).type).startswith("timestamp") and table.num_rows:
                times = table.column(name).cast("int64").to_numpy()
                assert times.min() >= 0
                assert times.max() <= MAX_NS
        self.counts["checks"] += 1
        if self.counts["checks"] % _STORE_EVERY == 1:
            self.store.write(found.tables)
            for relation in found.tables:
                # The views make maps of keys and values, which refuse names that repeat.
                self.store.query(f"select * from {relation}")
            with self.store.transaction() as cursor:
                for relation in found.tables:
                    cursor.execute(f'delete from segment.data."{relation}"')
            self.counts["stored"] += 1

    def _keep(self, kind: Kind, body: bytes) -> None:
        path = Path(tempfile.gettempdir()) / f"crash-{kind[0]}.{'json' if kind[1] else 'bin'}"
        path.write_bytes(body)
        print(f"the body that did it: {path}", file=sys.stderr)

    def costs(self, samples: int) -> dict[str, tuple[float, float, float]]:
        """Return by kind: nanoseconds of CPU a byte in the middle, the dearest, and how many times the middle that is.

        The middle is that of bodies of which nothing was refused: to refuse is cheap, and would make all others look dear.
        """
        found: dict[str, tuple[float, float, float]] = {}
        for kind, bodies in self.corpus.items():
            costs: list[float] = []
            accepted: list[float] = []
            dearest: tuple[float, bytes, int] = (0.0, b"", 0)
            for _ in range(samples):
                spoilt = spoilt_item(self.chance, kind, bodies)
                items = _PADDED_BYTES // (len(spoilt) + _ITEM_BYTES)
                body = among_neighbours(kind, bodies, [spoilt] * items)
                tried = [_cost(kind, body, items) for _ in range(2)]
                costs.append(min(cost for cost, _ in tried))
                dearest = max(dearest, (costs[-1], body, items))
                if tried[0][1]:
                    accepted.append(costs[-1])
            middle = statistics.median(accepted or costs)
            # Once more: what else runs on the machine makes one of many hundred look dear.
            top = min(dearest[0], *(_cost(kind, *dearest[1:])[0] for _ in range(8)))
            top = max(top, sorted(costs)[-2])
            found[f"{kind[0]} {'JSON' if kind[1] else 'protobuf'}"] = (middle, top, top / middle)
        return found


def _cost(kind: Kind, body: bytes, items: int) -> tuple[float, bool]:
    """Return nanoseconds of CPU a byte, and whether nothing was refused."""
    began = time.process_time_ns()
    try:
        is_whole = not decode(kind[0], [body], is_json=kind[1]).rejected_per_body[0]
    except Malformed:
        is_whole = False
    # As a small body, a small item costs what a row costs, whatever is in it.
    return (time.process_time_ns() - began) / (len(body) + _ITEM_BYTES * items), is_whole


def _is_parsed(kind: Kind, body: bytes) -> bool:
    try:
        if kind[1]:
            msgspec.json.decode(body, type=_SHAPES[kind[0]])
        else:
            _PARSE[kind[0]].FromString(body)
    except Exception:
        return False
    return True


def main() -> None:
    """Run as long as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=300, help="bodies of each kind whose cost is measured")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(asked.seed, Path(folder))
        began = time.monotonic()
        for done in range(0, asked.count, 50_000):
            fuzz.run(min(50_000, asked.count - done))
            print(f"{min(done + 50_000, asked.count)} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        costs = fuzz.costs(asked.samples)
    print(json.dumps({"bodies": asked.count, "crashes": 0, **fuzz.counts, "costs": costs}, indent=1))
    dear = {name: ratio for name, (_, _, ratio) in costs.items() if ratio > MAX_RATIO}
    if dear:
        raise SystemExit(f"some cost more than {MAX_RATIO} times the middle: {dear}")


if __name__ == "__main__":
    main()
