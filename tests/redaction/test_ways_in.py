"""Each sample goes in by every way: what must vanish is in no row, what must survive is in as many as it was put into."""

from collections.abc import Callable

import pytest
from google.protobuf.message import Message

from redaction.samples import Sample, samples
from redaction.ways import logs_of, points_of, spans_of, stored

_ALL = samples()
#: Signal, maker of a request, and how often at least a harmless text is found in the rows.
_WAYS: dict[str, tuple[str, Callable[[str, int], Message], int]] = {
    "spans": ("traces", spans_of, 20),
    "logs": ("logs", logs_of, 8),
    "bytes": ("logs", lambda text, number: logs_of(text, number, is_bytes=True), 8),
    "metrics": ("metrics", points_of, 5),
}
_CASES = [(way, is_json) for way in _WAYS for is_json in (False, True)]


def _seen(way: str, is_json: bool, text: str, number: int = 1) -> str:
    signal, make, _ = _WAYS[way]
    return stored(signal, [make(text, number)], is_json)


@pytest.mark.parametrize(("way", "is_json"), _CASES)
def test_a_harmless_word_is_found_in_every_place(way: str, is_json: bool) -> None:
    """What is asserted below is of places that are stored."""
    assert _seen(way, is_json, "perfectly-harmless").count("perfectly-harmless") >= _WAYS[way][2]


@pytest.mark.parametrize(("way", "is_json"), _CASES)
def test_secrets_are_in_no_row(way: str, is_json: bool) -> None:
    """All that is promised, and not one of a hundred less by any way."""
    chosen = [sample for sample in _ALL if sample.is_secret]
    left = [sample.text for sample in chosen if not sample.is_right(_seen(way, is_json, sample.text))]
    assert len(left) <= len(chosen) * 0.02, left


@pytest.mark.parametrize(("way", "is_json"), _CASES)
def test_harmless_words_survive(way: str, is_json: bool) -> None:
    """Line feeds and quotes may be written otherwise: looked at are texts without them."""
    chosen = [sample for sample in _ALL if not sample.is_secret and not set(sample.text) & set('\n\t"\\')]
    lost = [sample.text for sample in chosen if not _is_everywhere(sample, _seen(way, is_json, sample.text), way)]
    assert len(lost) <= len(chosen) * 0.01, lost


def _is_everywhere(sample: Sample, seen: str, way: str) -> bool:
    return all(seen.count(part) >= _WAYS[way][2] for part in sample.what or (sample.text,))


def test_the_fallback_without_rust_redacts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redaction does not depend on the decoder."""
    from culpa.collector.decode import wire

    texts = [sample.text for sample in _ALL][::7]
    fast = [_seen(way, False, text) for way in ("spans", "bytes") for text in texts]
    monkeypatch.setattr(wire, "is_available", lambda: False)
    assert fast == [_seen(way, False, text) for way in ("spans", "bytes") for text in texts]
