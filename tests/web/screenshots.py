"""Make the pictures of docs/page.md: `make screenshots`. Real failures of `culpa demo`, in the system's chromium.

python -m web.screenshots [STORE]      # STORE: what an earlier `culpa demo --store` kept
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs/page"
_CULPA = (sys.executable, "-m", "culpa.instrumentation.cli")
_REQUEST = "/search?text=&cause=database.deadlock"


def main() -> None:
    """Write the pictures."""
    store = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="culpa-pictures-")
    if len(sys.argv) < 2:
        subprocess.run([*_CULPA, "demo", "--store", store], check=True)
    FOLDER.mkdir(exist_ok=True)
    with subprocess.Popen([*_CULPA, "open", store, "--no-browser"], stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        address = "http://127.0.0.1:" + served.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0]
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                for scheme, width, names in (
                    ("light", 1280, ("problems", "problem", "request", "sql", "map")),
                    ("dark", 390, ("phone",)),
                ):
                    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
                    for name in names:
                        _show(page, address, name)
                        _write(page.screenshot(), name)
                browser.close()
        finally:
            served.terminate()


def _show(page: Page, address: str, name: str) -> None:
    if name in ("problems", "map"):
        page.goto(f"{address}/{'map' if name == 'map' else ''}")
    elif name == "sql":
        query = "select component, cause, count(*) as requests from verdicts group by all order by requests desc"
        page.goto(f"{address}/sql?q={query.replace(' ', '+')}")
    else:
        page.goto(address + _REQUEST)
        page.click(".hits .open")
        if name == "problem":
            page.click(".crumbs a >> nth=1")
    page.wait_for_load_state("networkidle")


def _write(png: bytes, name: str) -> None:
    Image.open(io.BytesIO(png)).convert("RGB").save(FOLDER / f"{name}.webp", quality=80, method=6)
    print(f"docs/page/{name}.webp: {(FOLDER / f'{name}.webp').stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
