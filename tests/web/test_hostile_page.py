"""Hostile telemetry on every screen: nothing of it runs, asks anybody, or breaks the page."""

import pytest

from .conftest import Watched
from .payloads import PAYLOADS

#: What a page of ours never has inside of it, and what a payload would have made of it.
_FOREIGN = "main :is(script, img, iframe, object, embed, video, base, meta, link, style, math, body)"
_HANDLERS = (
    "[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(each => each.name.startsWith('on')))"
)


def _trace(number: int) -> str:
    return f"{0x10_000 + number:032x}"


def _is_clean(watched: Watched) -> None:
    page = watched.page
    assert 0 == page.locator(_FOREIGN).count()
    assert [False, 0] == page.evaluate(f"[Boolean(window.hacked), {_HANDLERS}.length]")
    assert 0 == page.locator("a[href^='javascript:']").count()
    assert page.evaluate("document.querySelector('header.top') !== null")
    assert watched.overflow() <= 0


@pytest.mark.parametrize(
    "path",
    [
        "/?window=24h",
        "/search?text=hacked",
        "/search?show=any",
        "/map",
        "/sql?q=select+service,+route,+exception_type,+exception_message+from+verdicts+where+service+%3C%3E+'shop'",
    ],
)
def test_lists_hold_it(among_hostile: Watched, path: str) -> None:
    """Each of them has hundreds of hostile texts."""
    among_hostile.go(path)
    among_hostile.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    _is_clean(among_hostile)
    among_hostile.page.set_viewport_size({"width": 390, "height": 900})
    _is_clean(among_hostile)


@pytest.mark.parametrize("number", range(1, len(PAYLOADS) + 1, 37))
def test_a_request_holds_it(among_hostile: Watched, number: int) -> None:
    """With everything unfolded; on the screen of its problem, and of its span too."""
    among_hostile.page.set_viewport_size({"width": 390 if number % 2 else 1440, "height": 900})
    page = among_hostile.go(f"/requests/{_trace(number)}")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    _is_clean(among_hostile)
    page.click(".crumbs a >> nth=1")
    page.wait_for_url("**/problems/**")
    _is_clean(among_hostile)


def test_a_query_string_is_as_hostile(among_hostile: Watched) -> None:
    """What is searched for stands on the page again."""
    for text in PAYLOADS[:: len(PAYLOADS) // 6]:
        for name in ("text", "service", "q"):
            path = among_hostile.page.evaluate(
                "([name, text]) => `?${new URLSearchParams({[name]: text})}`", [name, text]
            )
            among_hostile.page.goto(f"{among_hostile.site.url}{'/sql' if name == 'q' else '/search'}{path}")
            _is_clean(among_hostile)
    among_hostile.wrong = [text for text in among_hostile.wrong if "Failed to load resource" not in text]
