"""Panics of Rust, as versions before and since 1.73 print them, alone and amid the lines of a logger."""

import pytest

from culpa.collector.formats import mixture, tables_of

from .streamed import rows_of

_NOTE = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
_LINE = "2024-05-01T10:00:01.123456Z  INFO shop::http: GET /orders/7 200"


@pytest.mark.parametrize(
    "lines",
    [
        ["thread 'tokio-runtime-worker' panicked at src/cart.rs:65:56:", "no cart", _NOTE],
        ["thread 'actix-rt|system:0|arbiter:0' (4711) panicked at src/cart.rs:65:56:", "no cart", _NOTE],
        ["thread 'rocket-worker-thread' panicked at 'no cart', src/cart.rs:65:56", _NOTE],
        [_LINE, _LINE, "", "thread 'tokio-runtime-worker' panicked at src/cart.rs:65:56:", "no cart", _NOTE, _LINE],
        ["thread 'main' panicked at /rustc/9fc6/library/core/src/panicking.rs:5:6:", "no cart", "stack backtrace:",
         "   0: rust_begin_unwind", "             at /rustc/9fc6/library/std/src/panicking.rs:652:5",
         "   1: shop::cart::total", "             at ./src/cart.rs:65:56", _NOTE],
    ],
)  # fmt: skip
def test_a_panic_is_an_exception_with_its_place(lines: list[str]) -> None:
    (raised,) = tables_of(rows_of(lines))["exceptions"].to_pylist()
    assert ("panic", "no cart", 65) == (raised["type"], raised["message"], raised["code_line_number"])
    assert raised["code_file_path"].endswith("src/cart.rs") and raised["in_app"]


def test_two_panics_in_a_row_are_two() -> None:
    once = ["thread 'tokio-runtime-worker' panicked at src/cart.rs:65:56:", "no cart"]
    assert 2 == len(rows_of([*once, _NOTE, "", *once, "", _LINE]))


def test_words_of_several_lines_stay_together() -> None:
    (row,) = rows_of(
        ["thread 'a' panicked at src/cart.rs:1:1:", "assertion `left == right` failed", "  left: 1", " right: 2", _NOTE]
    )
    assert "assertion `left == right` failed\n  left: 1\n right: 2" == row.exception_message


def test_the_word_alone_is_no_panic() -> None:
    assert mixture("shop.log", ["everybody panicked at 'the disco', src/cart.rs:1:1"]) is None
