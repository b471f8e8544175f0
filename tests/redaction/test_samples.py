"""How many secrets of real forms are found, how many harmless words are lost, and that the quick searches miss none."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from culpa.collector.redact import Kind, redact_array
from culpa.instrumentation.redact import redact_query, redact_stack, redact_text, redact_url
from culpa.instrumentation.redact.text import COARSE_TRIGGER, PLAIN_URL, TRIGGER, URL_TRIGGER, may_change
from redaction.samples import SETS, Sample, figures, redacted, samples, shares

_ALL = samples()
_TEXTS = [sample.text for sample in _ALL]


@pytest.mark.parametrize("name", SETS)
def test_what_is_promised_is_found_and_what_diagnosis_needs_is_kept(name: str) -> None:
    """98 of 100 secrets at least, 1 of 100 harmless texts at most, of each set."""
    recall, false, _ = shares(figures(samples(name)))
    wrong = [sample.text for sample in samples(name) if not sample.is_right(redacted(sample))]
    assert (True, True) == (recall >= 0.98, false <= 0.01), wrong


def test_there_are_samples_enough_of_both_kinds_and_a_third_is_held_out() -> None:
    secrets = [sample for sample in _ALL if sample.is_secret]
    assert (True, True) == (len(secrets) >= 300, len(_ALL) - len(secrets) >= 150)
    assert 0.3 <= len(samples("held_out")) / len(_ALL) <= 0.36
    assert {"card", "email", "keep", "password", "sql", "token"} == {sample.family for sample in _ALL}


def test_the_figures_are_printed() -> None:
    """By the command that the documents name."""
    done = subprocess.run(
        [sys.executable, "-m", "redaction"], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    assert list(SETS) == [line.partition(":")[0] for line in done.stdout.splitlines() if ": recall " in line]


@pytest.mark.parametrize("redact", [redact_text, redact_url, redact_stack])
def test_redacting_a_sample_twice_changes_nothing_more(redact: Callable[[str], str]) -> None:
    once = [redact(text) for text in _TEXTS]
    assert once == [redact(text) for text in once]


def test_redacting_a_statement_twice_changes_nothing_more() -> None:
    once = [redact_query(sample.text) for sample in _ALL if sample.family == "sql"]
    assert once == [redact_query(text) for text in once]


@settings(max_examples=500, deadline=None)
@given(
    first=st.sampled_from(_TEXTS),
    second=st.sampled_from(_TEXTS),
    at=st.floats(0, 1),
    between=st.sampled_from(["", " ", "\n", ": ", "&", '"', "'", ";", "\\", "=", "[redacted]", "(", ")"]),
)
@example(
    first="update users set a = 1 can't be executed: server's gone away",
    second="['helm', 'upgrade', '--set', 'db.password=xKcD936']",
    at=0.625,
    between="",
)
def test_redacting_what_is_left_of_two_samples_twice_changes_nothing_more(
    first: str, second: str, at: float, between: str
) -> None:
    """Texts are cut and joined before they come here."""
    text = first[: int(at * len(first))] + between + second[int(at * len(second)) :]
    once = redact_text(text)
    assert once == redact_text(once)


def test_the_quick_searches_find_all_that_would_change() -> None:
    """As RE2 reads the patterns, and as the gates do."""
    column = pa.array(_TEXTS)
    changed = [redact_text(text) != text for text in _TEXTS]
    for pattern in (TRIGGER, COARSE_TRIGGER):
        found = pc.match_substring_regex(column, pattern).to_pylist()
        assert [] == [
            text for text, is_found, is_changed in zip(_TEXTS, found, changed, strict=True) if is_changed > is_found
        ]
    assert [] == [text for text, is_changed in zip(_TEXTS, changed, strict=True) if is_changed > may_change(text)]


@settings(max_examples=500, deadline=None)
@given(first=st.sampled_from(_TEXTS), second=st.sampled_from(_TEXTS), at=st.floats(0, 1), to=st.floats(0, 1))
def test_the_quick_searches_find_all_that_would_change_in_parts_of_samples(
    first: str, second: str, at: float, to: float
) -> None:
    text = first[int(at * len(first)) :] + second[: int(to * len(second))]
    if redact_text(text) != text:
        column = pa.array([text])
        assert [True, True] == [
            pc.match_substring_regex(column, pattern)[0].as_py() for pattern in (TRIGGER, COARSE_TRIGGER)
        ]


_PIECES = sorted({piece for text in _TEXTS for piece in re.findall(r"[\w.-]{1,80}", text, re.ASCII)})


def _assert_found_if_changed(url: str) -> None:
    if redact_text(url) != url:
        column = pa.array([url])
        is_plain, is_found = (pc.match_substring_regex(column, each)[0].as_py() for each in (PLAIN_URL, URL_TRIGGER))
        assert is_found or not is_plain, url


def test_the_plain_urls_of_the_samples_that_would_change_are_found() -> None:
    """With the schemes that they have, and with one before whatever else has a slash."""
    urls = {url for text in _TEXTS for url in re.findall(r"https?://[\w./:-]+", text)}
    urls |= {f"https://{place}" for text in _TEXTS for place in re.findall(r"[\w.-]+(?::\d+)?/[\w./-]+", text)}
    urls |= {f"http://{name}:{port}/" for name in ("pin", "my-token", "auth.key", "session") for port in (80, 123456)}
    assert len(urls) > 50
    for url in sorted(urls):
        _assert_found_if_changed(url)


@settings(max_examples=500, deadline=None)
@given(
    host=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3).map(".".join),
    port=st.sampled_from(["", ":80", ":8000"]),
    path=st.lists(st.sampled_from(["reset", "hooks", "share", "webhook", "1", "", *_PIECES]), max_size=4),
)
def test_a_plain_url_that_would_change_is_found(host: str, port: str, path: list[str]) -> None:
    """Hosts and paths of whatever stands in the samples, tokens too."""
    _assert_found_if_changed("/".join([f"https://{host}{port}", *path]))


@pytest.mark.parametrize("filler", ["", "harmless value number {}", "harmless " * 40 + "{}"])
def test_a_column_is_redacted_as_its_texts_are(filler: str) -> None:
    """Alone, among many short texts, among many long ones."""
    fill = [filler.format(number) for number in range(2000)] if filler else []
    assert [redact_text(text) for text in _TEXTS] == redact_array(pa.array([*fill, *_TEXTS])).to_pylist()[len(fill) :]


@pytest.mark.parametrize(
    "sample", [sample for sample in _ALL if sample.is_secret and len(sample.text) < 4000], ids=repr
)
def test_a_secret_on_the_cut_does_not_leave_its_head(sample: Sample) -> None:
    """Wherever in the secret the limit of 64 KiB falls, no half of it is left."""
    secret = max(sample.what, key=len)
    middle = sample.text.index(secret) + len(secret) // 2
    text = "x " * 33_000
    text = text[: 65_536 - len(sample.text[:middle].encode())] + sample.text + " and more" * 20
    head = secret[: len(secret) // 2]
    if len(head) >= 6:
        assert head not in redact_text(text)[60_000:]


def test_an_array_of_secrets_has_no_text_at_all() -> None:
    import numpy as np

    kinds = np.full(len(_TEXTS), Kind.SECRET, np.uint8)
    assert {"[redacted]"} == set(redact_array(pa.array(_TEXTS), kinds).to_pylist())
