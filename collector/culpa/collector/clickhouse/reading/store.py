"""A ClickHouse as a store: with the verdicts that judges wrote there, or judged at the look."""

from culpa.collector.abroad.copies import Copies
from culpa.collector.abroad.judging import JudgedHere, Verdicts
from culpa.collector.abroad.store import CopiedStore
from culpa.collector.abroad.traffic import Traffic
from culpa.collector.clickhouse.address import Address
from culpa.collector.clickhouse.reading.problems import ProblemsThere, has_problems
from culpa.collector.clickhouse.reading.told import ToldThere, are_told
from culpa.collector.clickhouse.there import ClickHouse
from culpa.store import DuckDBStore

_ADVICE = "let `culpa judge --store … --follow --write` run, whose verdicts are read then"


def opened(address: Address) -> CopiedStore:
    """Open it. Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`."""
    there = ClickHouse(address)

    def copies(store: DuckDBStore) -> Copies:
        is_told = are_told(there.client)
        verdicts: Verdicts = ToldThere(store, there) if is_told else JudgedHere(store, there, _ADVICE)
        problems = ProblemsThere(store, there) if is_told and has_problems(there.client) else None
        return Copies(store, there, verdicts, Traffic(store, there, with_failed=is_told), problems)

    return CopiedStore(there, address.since, copies)
