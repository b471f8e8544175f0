"""Every screen in a real browser: it says what it should, complains of nothing, fits, and can be used by keys alone."""

import time
from typing import Any

import pytest

from . import otlp
from .conftest import BIG, CIRCLE, Site, Watched

DEADLOCK = f"{1:032x}"
#: One of each kind, with what stands on it.
SCREENS = {
    "/": "culpa is well",
    "/?cause=database&window=1h": "postgresql://db:5432/shop",
    "/?component=nobody": "No problem passes these filters",
    "/problems/{problem}": "What to do",
    f"/requests/{DEADLOCK}": "First difference from a healthy request",
    f"/requests/{DEADLOCK}/twin": "The healthy request",
    f"/requests/{DEADLOCK}/{{query}}": "db.namespace",
    f"/requests/{DEADLOCK}/evidence/database_code": "Its question",
    f"/requests/{101:032x}": "No request of this trace failed",
    "/search": "failed request",
    "/search?show=any&text=checkout&service=shop": "requests",
    "/search?show=slow&slower=1000": "the slowest first",
    "/search?text=nowhere-at-all": "No failed request passes",
    "/sql": "To begin with",
    "/sql?q=select+cause,+count(*)+as+n,+max(trace_id)+as+trace_id+from+verdicts+group+by+all": "database.deadlock",
    "/map": "Who fails because of whom",
    "/changes": "culpa change",
    "/alarms": "culpa alarms check",
}


@pytest.fixture(scope="module")
def ids(site: Site) -> dict[str, str]:
    """Give the ids that paths are made of."""
    [row] = site.query(f"select fingerprint from verdicts where trace_id = '{DEADLOCK}'")
    return {"problem": row["fingerprint"], "query": f"{16 + 2:016x}"}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_says_what_it_should_and_fits(watched: Watched, ids: dict[str, str], screen: str) -> None:
    """Wide and on a phone, in light and dark, with nothing that bars people who use aids."""
    page = watched.go(screen.format(**ids))
    assert SCREENS[screen] in page.inner_text("main")
    assert (0, []) == (watched.overflow(), watched.accessible())
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert (0, []) == (watched.overflow(), watched.accessible("color-contrast", "target-size"))


def test_an_alarm_leads_to_its_problem(site: Site, watched: Watched, ids: dict[str, str]) -> None:
    """By the usual rules, which nobody wrote."""
    site.wait_for("select count(*) as n from alarm_events where rule = 'new'", 1)
    page = watched.go("/alarms")
    page.click(f"a[href='/problems/{ids['problem']}']")
    assert "What to do" in page.inner_text("main")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, "Nothing is known here"),
        ("/problems/1:0000000000000000", 404, "no problem"),
        (f"/requests/{'0' * 32}", 404, "no trace and no problem"),
        ("/requests/xyz", 400, "is no id"),
        ("/?status=abc", 400, "write a number"),
        ("/search?since=yesterday", 400, "is no time"),
        ("/sql?q=select+1+where+now()+%3E+(select+max(ended_at)+from+verdicts)", 422, "ago('1 hour')"),
        ("/sql?q=select+*+from+range(30000)", 422, "add `limit 1000`"),
        ("/sql?q=drop+table+data.spans", 422, "questions change nothing here"),
    ],
)
def test_what_cannot_be_shown_says_why(watched: Watched, path: str, status: int, said: str) -> None:
    page = watched.go(path, status)
    # The browser itself notes that the answer was no 200.
    watched.wrong = [text for text in watched.wrong if "Failed to load resource" not in text]
    assert said in page.inner_text("main")


def test_from_the_first_screen_to_the_failing_line_by_keys(watched: Watched) -> None:
    page = watched.go("/?cause=database&route=/checkout")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/problems/**")
    page.click("text=Open the request that shows it best")
    page.wait_for_url("**/requests/**")
    assert "/srv/shop/orders.py" in page.inner_text(".frames li:first-child")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert "cause" in page.get_attribute(".span.at", "class")
    page.keyboard.press("?")
    assert page.is_visible("dialog h2")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type(DEADLOCK[:20] + DEADLOCK[20:])
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    watched.until("document.getElementById('jump').value === ''")
    assert page.url.endswith(f"/requests/{DEADLOCK}")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/map")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/alarms")


def test_commands_of_a_runbook_are_there_to_be_copied(watched: Watched, ids: dict[str, str]) -> None:
    """Those that somebody can run; the button says its own word again."""
    page = watched.go(f"/problems/{ids['problem']}")
    watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(".todo li button.copy").first
    button.click()
    page.wait_for_selector(".todo button.copy >> text=copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("select ")
    page.wait_for_selector(".todo button.copy >> text=/^copy$/")


def test_another_window_keeps_every_filter(watched: Watched) -> None:
    page = watched.go("/?cause=database&status=500&kind=all&path=x")
    page.click(".windows >> text=7d")
    page.wait_for_url("**window=7d**")
    assert {"cause=database", "status=500", "kind=all", "window=7d"} == set(page.url.partition("?")[2].split("&"))


def test_all_screens_are_in_sight_on_a_small_phone(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(site.url)
    edges = page.eval_on_selector_all(".top nav a", "links => links.map(link => link.getBoundingClientRect().right)")
    context.close()
    assert len(edges) == 6
    assert max(edges) <= 360


def test_times_are_in_the_readers_zone(browser: Any, site: Site) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/requests/{DEADLOCK}")
    shown, utc = page.inner_text(".answer time"), page.get_attribute(".answer time", "title")
    context.close()
    assert utc.endswith(" UTC")
    assert (int(utc[11:13]) + 9) % 24 == int(shown[:2])


def test_all_of_it_works_as_plain_links(browser: Any, site: Site) -> None:
    """Without scripts, also a request of 5,000 spans."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/?cause=database&route=/checkout")
    page.click(".problem .open")
    page.click(".later a")
    page.wait_for_selector("h2 >> text=Examples")
    page.wait_for_selector(".twinline b >> text=First difference from a healthy request")
    assert {"Over time", "Examples", "First difference from a healthy request"} <= set(
        page.locator("h2, .twinline b").all_inner_texts()
    )
    page.click("text=Open the request that shows it best")
    page.wait_for_selector(".fall >> text=failed here")
    page.click(".later a")
    page.wait_for_selector(".twinline b >> text=First difference from a healthy request")
    page.goto(f"{site.url}/requests/{BIG}")
    page.click(".tocause")
    page.wait_for_selector(".fall >> text=failed here")
    page.goto(f"{site.url}/sql")
    page.fill("textarea", "select 41 + 1 as answer")
    page.click("text=Run")
    assert "42" in page.inner_text(".answer-grid")
    context.close()


def test_a_part_that_cannot_be_looked_up_says_so(browser: Any, site: Site, ids: dict[str, str]) -> None:
    """What the page itself has stays."""
    page = browser.new_page()
    page.route("**/course*", lambda route: route.abort())
    page.goto(f"{site.url}/problems/{ids['problem']}")
    page.wait_for_selector("text=This could not be looked up now.")
    assert "What to do" in page.inner_text("main")
    page.close()


@pytest.mark.parametrize(("trace_id", "rows"), [(BIG, 5_000), (CIRCLE, 10_000)])
def test_a_large_request_draws_only_what_is_seen(watched: Watched, trace_id: str, rows: int) -> None:
    page = watched.go(f"/requests/{trace_id}")
    page.wait_for_selector(".fall.virtual .span.cause")
    assert f"{rows:,} rows" in page.inner_text(".legend")
    assert 10 < page.locator(".fall .span").count() < 120
    page.evaluate("document.getElementById('fall').scrollTop = 0")
    page.wait_for_selector("text=POST /bulk")
    page.keyboard.press("p")
    page.wait_for_selector(".span.at.failed")
    page.evaluate("fall = document.getElementById('fall'); fall.scrollTop = fall.scrollHeight")
    page.wait_for_selector(f"#span-{(1 << 40) + rows - 1:016x}")
    assert page.locator(".fall .span").count() < 120
    assert 0 == watched.overflow()


def test_a_large_request_is_painted_in_a_second(watched: Watched) -> None:
    """From the first byte on: what the server needs is planned work, which is told elsewhere."""
    page = watched.go(f"/requests/{BIG}")
    painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    first_byte = "performance.getEntriesByType('navigation')[0].responseStart"
    watched.until("performance.getEntriesByName('first-contentful-paint').length > 0")
    assert page.evaluate(f"{painted} - {first_byte}") < 1_000


def test_what_is_new_is_said_and_moves_nothing(watched: Watched) -> None:
    page = watched.go("/")
    before = page.inner_text(".problems")
    watched.site.send([("shop", otlp.checkout(7, fails=True, ago_s=5))])
    watched.site.wait_for(f"select count(*) as n from verdicts where settled and trace_id = '{7:032x}'", 1)
    page.evaluate("document.querySelector('[data-pulse]').dispatchEvent(new Event('culpa:pulse'))")
    page.wait_for_selector(".fresh")
    assert "1 failed request since you came" in page.inner_text(".fresh")
    assert before == page.inner_text(".problems")


def test_a_problem_is_muted_opened_resolved_and_labelled(watched: Watched, ids: dict[str, str]) -> None:
    page = watched.go(f"/problems/{ids['problem']}")
    page.select_option("select[name=for]", "1d")
    page.fill("input[name=note]", "the batch job")
    page.click("text=Mute >> nth=-1")
    page.wait_for_url("**said=muted")
    assert "muted until" in page.inner_text("main")
    assert "the batch job" in page.inner_text("main")
    watched.go("/")
    assert ids["problem"] in page.get_attribute(".quietbox .open", "href")
    watched.go(f"/problems/{ids['problem']}")
    page.click("text=Open again")
    page.wait_for_url("**said=open")
    page.click("button[value=resolved]")
    page.wait_for_url("**said=resolved")
    page.click("text=It really was")
    page.select_option("select[name=cause]", "database.lock_timeout")
    page.click("text=Keep")
    page.wait_for_url("**said=label")
    query = f"select state from data.problem_states where fingerprint = '{ids['problem']}' order by time"
    assert ["muted", "open", "resolved"] == [row["state"] for row in watched.site.query(query)][-3:]
    assert "database.lock_timeout" in {row["cause"] for row in watched.site.query("select cause from labels")}


def test_the_desk_for_sql_puts_names_in_and_remembers(watched: Watched) -> None:
    page = watched.go("/sql")
    page.fill("textarea", "select  from verdicts limit 1")
    page.evaluate("document.querySelector('textarea').setSelectionRange(7, 7)")
    page.click(".schema .insert >> nth=0")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".answer-grid a")
    assert "trace_id" in page.inner_text(".answer-grid th")
    watched.go("/sql")
    assert page.locator("#history option").count() >= 2
    began = time.monotonic()
    page.select_option("#history", index=1)
    assert "from verdicts" in page.input_value("textarea")
    assert time.monotonic() - began < 10
