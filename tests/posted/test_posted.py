"""Logs as strangers post them are understood; `posted.py` judges all of them, here it is one of each kind."""

import pytest

from culpa.knowledge import causes
from posted.page import PAGE, first_measured
from posted.posted import HERE, Truth, judged, truths

#: An own format of an app that tells of the request, one that does not, a chain in one line, and a request that went well.
ONE_OF_EACH = ("phoenix-no-table", "spring-boot-1-host", "symfony-no-driver", "gin-died-after-200")


@pytest.mark.parametrize("truth", [one for one in truths() if one.case in ONE_OF_EACH], ids=lambda one: one.case)
def test_a_posted_log_is_understood(truth: Truth) -> None:
    assert "right" == judged(truth).outcome


def test_every_file_has_a_truth_and_a_source() -> None:
    known = truths()
    cases = [
        path for path in HERE.iterdir() if path.suffix == ".log" or (path.is_dir() and not path.name.startswith("__"))
    ]
    assert sorted(path.stem for path in cases) == sorted({one.case for one in known})
    assert [] == [one.case for one in known if not one.source or not one.causes <= {*causes(), "unknown"}]


def test_the_page_tells_of_all_of_them() -> None:
    assert f"holds {len(truths())} cases" in PAGE.read_text("utf-8")
    assert len(truths()) == sum(sum(counted.values()) for counted in first_measured().values())
