"""The notebook in the repository runs from a 500 to its component, and is stored without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "first_500.ipynb"


def test_the_notebook_is_stored_without_outputs() -> None:
    """What a reader sees comes from the reader's own store."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert [] == [cell.source for cell in cells if cell.outputs or cell.execution_count]


# A kernel's sockets are closed by the garbage collector, some after the test.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_notebook_runs_and_shows_a_plot_and_an_explanation(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every cell runs on a store without a warning; one shows a picture, three show HTML."""
    monkeypatch.setenv("CULPA_STORE", str(sample))
    monkeypatch.setenv("PYTHONWARNINGS", "error::FutureWarning,error::DeprecationWarning:__main__")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [] == [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    shown = [output.data for output in outputs if "data" in output]
    assert 1 == sum("image/png" in data for data in shown)
    # Not twice: a library that thinks it is in a notebook may show what it only should render.
    assert 3 == sum("text/html" in data for data in shown)
    assert any("so checkout answered 500 to POST /orders" in data.get("text/html", "") for data in shown)
