"""`%%culpa` in a real kernel: SQL in a cell, its options, and what it says of mistakes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

# A kernel's sockets are closed by the garbage collector, some after the test.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

Cells = Callable[..., list[str]]


@pytest.fixture(scope="module")
def cells(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what runs cells one after the other, in one kernel, and returns what each of them shows."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("CULPA_STORE", str(sample))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell()])
        client = NotebookClient(
            notebook,
            timeout=60,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        with client.setup_kernel():

            def run(*sources: str) -> list[str]:
                return [_shown(client.execute_cell(nbformat.v4.new_code_cell(source), 0)) for source in sources]

            assert [""] == run("%load_ext culpa.notebook")
            yield run


def _shown(cell: Any) -> str:
    outputs = [
        one.get("text") or one.get("data", {}).get("text/plain") or "\n".join(one.get("traceback", ()))
        for one in cell.outputs
    ]
    return "".join(outputs).strip()


def test_a_cell_of_sql_is_answered(cells: Cells) -> None:
    """Also in one line; without a store it asks where `ca.open()` asks."""
    [line, cell] = cells("%culpa select count(*) as n from verdicts", "%%culpa\nselect 'a -- b' as \"it's\",\n  2 as n")
    assert ["8", "1 row"] == [row.strip() for row in line.splitlines()[-2:]]
    assert "it's" in cell and "a -- b" in cell


@pytest.mark.parametrize(
    ("form", "kind"), [("rows", "Rows"), ("pandas", "DataFrame"), ("polars", "DataFrame"), ("arrow", "Table")]
)
def test_the_answer_comes_in_each_form_under_a_name(cells: Cells, form: str, kind: str) -> None:
    """Nothing is shown then."""
    asked = f"%%culpa --as {form} --name found\nselect trace_id from verdicts"
    assert ["", f"'{kind} 8'"] == cells(asked, "f'{type(found).__name__} {len(found)}'")


def test_values_are_those_of_the_notebook_s_variables(cells: Cells) -> None:
    """They are bound: a text is no SQL. What stands in a text of the query is no name."""
    hostile = "least = \"0' or 1=1 --\"; causes = ['database.deadlock', 'database.timeout']"
    query = "select count(*) filter (where cause = $least) as none, count(*) as n from verdicts where cause in $causes and '$no' <> ''"
    shown = cells(hostile, f"%%culpa --as rows --name got\n{query}", "got[0]")
    assert ["", "", "{'none': 0, 'n': 2}"] == shown


def test_a_store_may_stand_in_a_variable_and_stays(cells: Cells, sample: Path) -> None:
    """A path, or an open session; the next cell asks there too."""
    [_, by_path, _, by_session, where] = cells(
        f"from pathlib import Path; place = Path({str(sample)!r})",
        "%culpa --store place --as rows select count(*) as n from verdicts",
        f"import culpa.analysis as ca; s = ca.open({str(sample)!r})",
        "%culpa --store s select count(*) as n from verdicts",
        "%culpa --store place",
    )
    assert by_path == by_session and "8" in by_path
    assert "" == where
    assert cells("%culpa select count(*) as n from verdicts") == [by_path]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%culpa\nselect $nobody", "the query asks for $nobody, and there is no variable nobody; set it in a cell before"),
        ("%culpa --as csv select 1", "--as csv is no form; write rows, pandas, polars or arrow"),
        ("%culpa --storre x select 1", "there is no option --storre with that; write --store WHERE, --as FORM or --name NAME"),
        ("%culpa --name 1a select 1", "--name 1a is no name of a variable; write letters, digits and _"),
        ("%culpa --store /nowhere select 1", "no store at /nowhere; name a segment file, a store directory or http://host:port"),
        ("%culpa", "there is no query; write a SELECT behind %culpa, or in the lines below %%culpa"),
        ("%%culpa select 1\nselect 2", "'select 1' stands behind %%culpa; write the query in the lines below"),
        ("%culpa delete from verdicts", "only SELECT, and EXPLAIN of one, is answered here, got DELETE"),
        ("%culpa select * from verdict", 'Did you mean "verdicts"?'),
        ("when = object()\n%culpa select $when", "$when holds a value of type object; a text, a number, true or false, or a list of texts can be bound"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_what_to_do(cells: Cells, cell: str, said: str) -> None:
    """No traceback."""
    [shown] = cells(cell)
    assert shown.startswith("UsageError: ") and 1 == len(shown.splitlines())
    assert said in shown


def test_a_mistyped_store_does_not_stay(cells: Cells) -> None:
    cells("%culpa --store /nowhere select 1")
    assert ["1 row"] == [shown.splitlines()[-1] for shown in cells("%culpa select 1 as n")]
