"""What a notebook has besides `culpa.analysis`: `%load_ext culpa.notebook` gives `%%culpa`, and commands run in a cell.

`%load_ext culpa` is not to be had: IPython asks the named module itself for `load_ipython_extension`, and `culpa` is a
namespace that all rooms share, with no file of its own.
"""

from typing import TYPE_CHECKING, Any

from culpa.instrumentation.late import late

if TYPE_CHECKING:
    from culpa.notebook.running import CommandFailed, command
else:
    __getattr__, __dir__ = late(__name__, running=["CommandFailed", "command"])

__all__ = ["CommandFailed", "command", "load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Give the shell `%culpa` and `%%culpa`; what `%load_ext culpa.notebook` calls."""
    from culpa.notebook.magic import CulpaMagics

    shell.register_magics(CulpaMagics)
