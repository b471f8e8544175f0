"""Every notebook of the repository runs in Jupyter's kernel and in marimo, shows what it tells, and is stored without outputs."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from sweeps import some

import culpa.analysis as ca

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
DOCUMENT = NOTEBOOKS.parent / "docs/notebooks.md"
#: What each of them must show, and how many pictures.
SHOWN = {
    "first_500": (1, ["so nginx answered 500 to GET /search", "KeyError"]),
    "incident": (
        1,
        ["so nginx answered 500 to GET /search", "postgresql read its configuration again", 'statement_timeout" changed to "25ms"'],
    ),
    "before_after_release": (3, ["ZeroDivisionError", "KeyError", "shop 1.4.1 -&gt; 1.4.2"]),
    "sql_tour": (1, ["database_code", "median_ms", "psycopg.errors.QueryCanceled"]),
    "your_own_saying_and_rule": (1, ["answered with something that could not be used (/slots)", "answered 200 and has no more", "0 rows"]),
    "logs_that_you_have": (1, ["so nginx answered 500 to GET /delivery", "nginx_combined", "logs alone"]),
}  # fmt: skip
NAMES = sorted(SHOWN)

# A kernel's sockets are closed by the garbage collector, some after the test.
in_a_kernel = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the recordings; the stores that a notebook makes are there for the next, as they are for a reader."""
    made = tmp_path_factory.mktemp("notebooks")
    (made / "recordings").symlink_to(NOTEBOOKS / "recordings")
    return made


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let no warning pass, and nothing of this machine's own setting."""
    for name in [name for name in os.environ if name.startswith("CULPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONWARNINGS", "error::FutureWarning,error::DeprecationWarning:__main__")
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))


def test_all_notebooks_are_tested_and_described() -> None:
    """A new one needs a line here, and one in the document."""
    assert NAMES == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    text = DOCUMENT.read_text("utf-8")
    assert [] == [name for name in NAMES if f"(../notebooks/{name}.ipynb)" not in text]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs(name: str) -> None:
    """What a reader sees comes from the reader's own run."""
    cells = [
        cell for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells if cell.cell_type == "code"
    ]
    assert [] == [cell.source for cell in cells if cell.outputs or cell.execution_count]


def _outputs(name: str, folder: Path) -> list[nbformat.NotebookNode]:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@in_a_kernel
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_shows_what_it_tells(name: str, folder: Path) -> None:
    """Every cell runs without a warning; its pictures are drawn, and the facts of its text are there."""
    outputs = _outputs(name, folder)
    assert [] == [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    shown = [output.data for output in outputs if "data" in output]
    pictures, facts = SHOWN[name]
    assert pictures == sum("vegaEmbed" in data.get("text/html", "") for data in shown)
    text = "\n".join(
        [output.text for output in outputs if output.output_type == "stream"]
        + [data.get("text/html", data.get("text/plain", "")) for data in shown]
    )
    assert [] == [fact for fact in facts if fact not in text]


@in_a_kernel
def test_the_first_notebook_opens_the_store_that_is_named(
    sample: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the recording."""
    monkeypatch.setenv("CULPA_STORE", str(sample))
    shown = [output.data.get("text/html", "") for output in _outputs("first_500", folder) if "data" in output]
    assert any("so checkout answered 500 to POST /orders" in html for html in shown)
    # Not twice: a library that thinks it is in a notebook may show what it only should render.
    assert 4 == sum(bool(html) for html in shown)


@pytest.mark.parametrize("name", some(NAMES, 2))
def test_a_notebook_runs_in_marimo(name: str, folder: Path) -> None:
    """Converted, it is a program that ends well."""
    program = folder / f"{name}.py"
    convert = [sys.executable, "-m", "marimo", "-q", "convert", str(NOTEBOOKS / f"{name}.ipynb"), "-o", str(program)]
    subprocess.run(convert, check=True, capture_output=True, cwd=folder)
    assert "not supported in marimo" not in program.read_text("utf-8")
    ran = subprocess.run([sys.executable, str(program)], cwd=folder, capture_output=True, text=True)
    assert (0, "") == (ran.returncode, ran.stderr)


def test_the_recording_holds_what_the_notebooks_tell(folder: Path) -> None:
    """Four problems, of which each began after the change that it did begin after."""
    with ca.open(folder / "shop.duckdb") as s:
        rows = s.sql(
            "select cause, exception_type, any_value(change) as change, list(distinct service) as by from verdicts group by all"
        )
        told = {(row["exception_type"].rpartition(".")[2], row["cause"]): row["change"] for row in rows}
    assert {
        ("ZeroDivisionError", "app.unhandled_exception"): "",
        ("CarrierError", "app.unhandled_exception"): "",
        ("KeyError", "app.unhandled_exception"): "shop 1.4.1 -> 1.4.2",
        ("QueryCanceled", "database.timeout"): "postgresql read its configuration again",
    } == told
