"""Run a `culpa` command from a cell, and see what it says while it works: in Jupyter, marimo and a script alike."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

#: After so long the first line says that it still works; each further one takes twice as long to come.
_FIRST_SIGN_S = 2.0
#: A cell is as wide, and shows text; kernels say that it is a terminal with colours.
_COLUMNS = "100"
_COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE")


class CommandFailed(RuntimeError):
    """A command ended with another status than 0; what it said stands above."""


def command(*arguments: str | Path) -> None:
    """Run `culpa ARGUMENTS…`; print what it says, line by line, and how long it takes.

    Errors: CommandFailed.
    """
    words = [str(argument) for argument in arguments]
    env = {name: value for name, value in os.environ.items() if name not in _COLOURS} | {"COLUMNS": _COLUMNS}
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "culpa.instrumentation.cli", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, encoding="utf-8",
        env=env,
    ) as process:  # fmt: skip
        has_ended = threading.Event()
        signs = threading.Thread(target=_show_signs_of_life, args=(words[0], began, has_ended), daemon=True)
        signs.start()
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
        except BaseException:
            process.terminate()
            raise
        finally:
            has_ended.set()
            signs.join()
    if process.returncode != 0:
        raise CommandFailed(f"culpa {' '.join(words)} ended with status {process.returncode}; see its lines above")


def _show_signs_of_life(name: str, began: float, has_ended: threading.Event) -> None:
    wait_s = _FIRST_SIGN_S
    while not has_ended.wait(wait_s):
        print(f"culpa {name}: {time.monotonic() - began:.0f} s …", flush=True)
        wait_s = time.monotonic() - began
