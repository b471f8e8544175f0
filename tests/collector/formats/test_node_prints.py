"""What Node's frameworks and clients print around an error: moved to the right, and with whom they asked beside it."""

import pytest

from culpa.collector.formats import LogRow, Record, Source, by_name, tables_of

from .streamed import rows_of

_FRAMES = [
    "at settle (/srv/shop/node_modules/axios/lib/core/settle.js:19:12)",
    "at async list (/srv/shop/list.js:7:11)",
]


def test_an_error_that_koa_moved_to_the_right_is_read() -> None:
    shown = ["", "  TypeError: no cart", *(f"      {frame}" for frame in _FRAMES), ""]
    (row, again) = rows_of(["listening on 4000", *shown, "more", *shown])
    assert ("TypeError", "no cart") == (row.exception_type, row.exception_message) == (again.exception_type, "no cart")


def test_members_of_a_group_of_errors_are_no_errors_of_their_own() -> None:
    (row,) = rows_of(
        [
            "AggregateError: ",
            *(f"    {frame}" for frame in _FRAMES),
            "  [errors]: [",
            "    Error: connect ECONNREFUSED ::1:3306",
            "        at createConnectionError (node:net:1634:14) {",
            "    }",
            "  ]",
            "}",
        ]
    )
    assert "AggregateError" == row.exception_type


@pytest.mark.parametrize(
    ("printed", "callee"),
    [
        (["    url: 'https://api.recipes.example:8443/v2?q=a',"], ("api.recipes.example", 8443, "https")),
        (["    baseURL: 'http://stock.internal/v1',", "    url: '/items',"], ("stock.internal", 0, "http")),
        (["      href: 'https://api.recipes.example/v2',"], ("api.recipes.example", 0, "https")),
        (["    url: '/items',"], ("", 0, "")),
    ],
)
def test_a_client_s_error_names_whom_it_asked_by_the_url_below_it(
    printed: list[str], callee: tuple[str, int, str]
) -> None:
    head = "AxiosError: Request failed with status code 429"
    rows = rows_of([head, *(f"    {frame}" for frame in _FRAMES[:1]), f"    {_FRAMES[1]} {{", *printed, "}"])
    (raised,) = tables_of(rows)["exceptions"].to_pylist()
    assert callee == (raised["callee_address"], raised["callee_port"], raised["callee_scheme"])


def test_what_a_client_asked_is_in_its_words() -> None:
    record = Record(f"FetchError: network timeout at: https://pay.example/v1\n    {_FRAMES[1]}", 0, 9, 1)
    row = by_name("node_output").read(record, Source("x.log"))
    assert isinstance(row, LogRow)
    (raised,) = tables_of([row])["exceptions"].to_pylist()
    assert ("pay.example", "https") == (raised["callee_address"], raised["callee_scheme"])
