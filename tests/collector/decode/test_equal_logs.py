"""Five equal log records of one body are five, and none of them is more when the body comes again."""

from itertools import chain

import pytest

from culpa.collector.decode import decode

from .conftest import log_request, otlp_json


def _ids(*counts: int, is_json: bool = False) -> list[list[str]]:
    """Decode bodies of as many equal records in one call; return the ids of each."""
    bodies: list[bytes] = []
    for count in counts:
        request = log_request({"code": 7}, "the same")
        records = request.resource_logs[0].scope_logs[0].log_records
        for _ in range(count - 1):
            records.add().CopyFrom(records[0])
        bodies.append(otlp_json(request) if is_json else request.SerializeToString())
    found = decode("logs", bodies, is_json=is_json)
    ids = iter(found.tables["logs"].column("log_id").to_pylist())
    return [[next(ids) for _ in range(rows)] for rows in found.rows_per_body]


@pytest.mark.parametrize("is_json", [False, True])
def test_equal_records_of_a_body_are_told_apart(is_json: bool) -> None:
    """By their number in the body, which is the same in every reading of it."""
    [ids] = _ids(5, is_json=is_json)
    assert 5 == len(set(ids))
    assert [ids] == _ids(5, is_json=is_json)


def test_the_number_does_not_depend_on_what_else_is_decoded() -> None:
    """Or a retry, which comes with other bodies, would give other ids."""
    [alone] = _ids(5)
    assert [alone[:2], alone, alone[:1]] == _ids(2, 5, 1)


def test_a_part_of_a_body_brings_nothing_new() -> None:
    """A sender that cuts a body up before it sends it again."""
    [whole] = _ids(5)
    assert set(chain.from_iterable(_ids(2, 3))) <= set(whole)


def test_one_record_has_the_id_that_it_always_had() -> None:
    """What older versions stored is still known."""
    assert [["d559b65f05b5f61a"]] == _ids(1)
