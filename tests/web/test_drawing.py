"""What is drawn, without a server: roles of spans, the request's way, stacks, maps, Markdown."""

from typing import Any

import pytest

from culpa.analysis.explanation.tree import Node
from culpa.analysis.report.markdown import code
from culpa.web.layout import lay_out
from culpa.web.problems import best_window, state_of
from culpa.web.stack import frames, is_innermost_last, own_frames
from culpa.web.twins import compare
from culpa.web.waterfall import path_strip, roles, scale_of, waterfall
from culpa.web.words import breakable, markdown, ticked, url

MS = 1_000_000


def _node(
    number: int, service: str, *, fails: bool = False, here: bool = False, start: int = 0, took: int = 10
) -> Node:
    return Node(
        f"{number:016x}",
        "",
        service,
        f"work {number}",
        "500" if fails else "",
        (1_000 + start) * MS,
        took * MS,
        fails,
        is_here=here,
    )


@pytest.fixture
def tree() -> list[Node]:
    """Give nginx > shop > (a query that fails, and another that fails and explains nothing)."""
    nginx, shop = _node(1, "nginx", fails=True, took=100), _node(2, "shop", fails=True, took=90)
    cause, other = _node(3, "shop", fails=True, here=True, start=20), _node(4, "shop", fails=True, start=50)
    nginx.children, shop.children = [shop], [cause, other, _node(5, "shop", start=60)]
    return [nginx]


def test_cause_carrier_and_symptom_are_three_roles(tree: list[Node]) -> None:
    nginx = tree[0]
    shop = nginx.children[0]
    found = roles(tree)
    assert ["carrier", "carrier", "cause", "symptom", ""] == [
        found.get(id(node), "") for node in (nginx, shop, *shop.children)
    ]
    rows = waterfall(tree, scale_of(tree))
    assert [0, 1, 2, 2, 2] == [row["depth"] for row in rows]
    assert (0.0, 100.0, 20.0, 10.0) == (rows[0]["left"], rows[0]["width"], rows[2]["left"], rows[2]["width"])


def test_the_way_of_a_request_ends_at_who_is_to_blame(tree: list[Node]) -> None:
    verdict = {"component": "postgresql://db/shop"}
    assert [("nginx", "carrier"), ("shop", "carrier"), ("postgresql://db/shop", "cause")] == [
        (step.name, step.role) for step in path_strip(tree, verdict)
    ]
    assert [("nginx", "carrier"), ("shop", "cause")] == [
        (step.name, step.role) for step in path_strip(tree, {"component": "shop"})
    ]


def test_the_way_of_a_request_says_what_the_client_got(tree: list[Node]) -> None:
    """A web server's own span may say 200 of a 502; the verdict knows better."""
    tree[0].status = "200"
    verdict = {"component": "shop", "request_span_id": f"{1:016x}", "status": 502}
    assert ["502", "500"] == [step.status for step in path_strip(tree, verdict)]
    assert ["200", "500"] == [step.status for step in path_strip(tree, None)][:2]


def test_work_that_ran_on_for_long_does_not_flatten_the_request() -> None:
    entry = _node(1, "shop", took=100)
    entry.children = [_node(2, "shop", start=50, took=3_600_000)]
    assert 300 * MS == scale_of([entry], entry.span_id).length_ns
    assert 1 == scale_of([]).length_ns


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (
            'Traceback (most recent call last):\n  File "/x/site-packages/flask/app.py", line 1, in wsgi\n    a()\n'
            '  File "/srv/shop.py", line 2, in take\n    b()\n  File "/srv/db.py", line 3, in ask\n    c()\nKeyError: 1',
            ['File "/srv/db.py", line 3, in ask', 'File "/srv/shop.py", line 2, in take'],
        ),
        (
            "TypeError: x\n    at take (/srv/shop/app.js:35:7)\n    at next (/srv/node_modules/express/index.js:1:1)",
            ["at take (/srv/shop/app.js:35:7)"],
        ),
        (
            "#0 /var/www/app/Http/Order.php(12): f()\n#1 /var/www/vendor/laravel/x.php(1): g()",
            ["#0 /var/www/app/Http/Order.php(12): f()"],
        ),
        ("no frame at all", []),
    ],
)
def test_the_apps_own_frames_come_innermost_first(text: str, own: list[str]) -> None:
    found = own_frames(frames(text), innermost_last=is_innermost_last(text))
    assert own == [frame.where for frame in found]


def _call(caller: str, callee: str, failed: int = 0) -> dict[str, Any]:
    return {"caller": caller, "callee": callee, "kind": "service", "calls": 10, "failed": failed, "p95_ns": 1}


def test_a_map_survives_circles_and_many_components() -> None:
    circle = lay_out([_call("a", "b"), _call("b", "c"), _call("c", "a")], [])
    assert 3 == len({(node.x, node.y) for node in circle.nodes}) == len(circle.nodes)
    many = lay_out([_call("a", f"db{number}") for number in range(100)], [])
    assert (24, 77) == (len(many.nodes), many.left_out)
    blamed = lay_out(
        [_call("nginx", "shop", 3), _call("shop", "db", 3)],
        [{"service": "nginx", "component": "db", "layer": "database", "requests": 3}],
    )
    assert [0, 1, 2] == [node.column for node in sorted(blamed.nodes, key=lambda one: one.x)]
    assert {("nginx", "shop"), ("shop", "db")} == {(edge.caller, edge.callee) for edge in blamed.edges}


@pytest.mark.parametrize("text", ["a `b` c", "``", "`x", "```\nfence", "| a | b |", "<script>"])
def test_a_piece_of_code_in_markdown_cannot_be_left(text: str) -> None:
    """Rendered by a real renderer, it is one piece of code with that text."""
    rendered = str(markdown(f"x {code(text)} y"))
    assert rendered.startswith("<p>x <code>") and rendered.endswith("</code> y</p>\n")
    assert 1 == rendered.count("<code>")
    assert "<script>" not in rendered


def test_markdown_of_ours_keeps_no_html_and_no_odd_links() -> None:
    rendered = str(markdown("<script>x</script> [a](javascript:alert) ![b](http://x/y.png)"))
    assert "<script>" not in rendered
    assert 'href="javascript' not in rendered
    assert "<img" not in rendered


def test_names_break_and_addresses_are_quoted() -> None:
    assert "&lt;b&gt;/<wbr>x" == str(breakable("<b>/x"))
    assert "/requests/a%20%22b?text=x%26y" == url('/requests/a "b', text="x&y", empty="", none=None)


def test_the_window_of_a_recording_fits_it() -> None:
    day = 86_400 * 10**9
    now = 20_000 * day
    assert ["1h", "24h", "30d", "24h"] == [
        best_window(moments, now) for moments in ([now - 10**11], [now - day // 2, 0], [now - 90 * day], [0])
    ]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        (None, "ongoing"),
        ({"state": "muted", "until_ns": 0, "said_ns": 1}, "muted"),
        ({"state": "muted", "until_ns": 2_000, "said_ns": 1}, "muted"),
        ({"state": "muted", "until_ns": 900, "said_ns": 1}, "ongoing"),
        ({"state": "open", "until_ns": 0, "said_ns": 1}, "ongoing"),
        ({"state": "resolved", "until_ns": 0, "said_ns": 600}, "resolved"),
        ({"state": "resolved", "until_ns": 0, "said_ns": 400}, "regressed"),
    ],
)
def test_what_people_say_counts_until_something_new_happens(word: dict[str, Any] | None, state: str) -> None:
    row = {"fingerprint": "1:a", "state": "ongoing", "last_seen": 500}
    assert state == state_of(row, {"1:a": word} if word else {}, 1_000)[0]


def test_two_requests_stand_side_by_side() -> None:
    def rows(*names: str) -> list[dict[str, Any]]:
        return [{"kind": "span", "service": "shop", "name": name} for name in names]

    pairs = compare(rows("a 1", "b", "d"), rows("a 2", "c", "d"))
    assert [("a 1", "a 2"), ("b", None), (None, "c"), ("d", "d")] == [
        (ours and ours["name"], theirs and theirs["name"]) for ours, theirs in pairs
    ]


def test_commands_stand_out_of_a_line_and_nothing_of_it_is_markup() -> None:
    assert "a log: <code>culpa snippet &lt;b&gt;</code> prints &lt;it&gt;" == ticked(
        "a log: `culpa snippet <b>` prints <it>"
    )
    assert "one ` of &lt;two&gt;" == ticked("one ` of <two>")
