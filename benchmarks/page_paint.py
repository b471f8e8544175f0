"""How soon a large request is seen in a browser, and how it scrolls: times of chromium, without a window.

  page_paint.py [--spans 5000] [--times 5] [--most-ms 1000]

Starts `culpa collect`, sends one failed request of so many spans, opens its screen anew each time, and prints the median
and the worst of: the first byte of the answer, the first paint, the moment at which its rows are drawn, and the
frames while it scrolls from its begin to its end. Fails if a first paint, from the click on, takes longer than `--most-ms`.
"""

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import click
from page import collector, send_large

#: One press of "page down" a frame.
_SCROLL = """
async () => {
  const fall = document.getElementById("fall");
  const gaps = [];
  let before = performance.now();
  fall.scrollTop = 0;
  for (let frame = 0; frame < 120; frame += 1) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gaps.push(now - before);
    before = now;
    fall.scrollTop += fall.scrollHeight / 120;
  }
  return gaps.slice(1);
}
"""
_TIMES = """
() => [
  performance.getEntriesByType("navigation")[0].responseStart,
  performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  performance.now(),
]
"""


@click.command(help=__doc__)
@click.option("--spans", default=5_000, help="Spans of the request.")
@click.option("--times", default=5, help="How often its screen is opened.")
@click.option("--most-ms", default=1_000.0, help="Fail if the first paint takes longer.")
def main(spans: int, times: int, most_ms: float) -> None:
    """Send, open, print."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if not chromium:
        raise click.ClickException("no chromium is installed")
    with tempfile.TemporaryDirectory() as folder, collector(str(Path(folder) / "store")) as (port, _):
        address = f"http://127.0.0.1:{port}/requests/{send_large(port, spans)}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            # The first starts what is started once.
            seen = [_opened(browser, address) for _ in range(times + 1)][1:]
            browser.close()
    for at, name in enumerate(("first byte", "first paint", "rows drawn")):
        _tell(name, [times_ms[at] for times_ms, _ in seen])
    _tell("a frame while it scrolls", [gap for _, gaps in seen for gap in gaps])
    if (worst := max(times_ms[1] for times_ms, _ in seen)) > most_ms:
        raise click.ClickException(f"the first paint took {worst:.0f} ms")


def _opened(browser: Any, address: str) -> tuple[list[float], list[float]]:
    """Return milliseconds since the click, and those of each frame while it scrolls."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.wait_for_selector(".fall.virtual .span")
    times_ms, gaps = page.evaluate(_TIMES), page.evaluate(_SCROLL)
    page.close()
    return times_ms, gaps


def _tell(name: str, values: list[float]) -> None:
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
    click.echo(f"{name:26} median {statistics.median(values):5.0f} ms  p95 {p95:5.0f} ms  worst {max(values):5.0f} ms")


if __name__ == "__main__":
    main()
