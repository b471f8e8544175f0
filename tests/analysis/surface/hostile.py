"""What an attacker would send to steer a terminal, hide text, or write lines that look like ours."""

import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

#: Each begins with a word by which it is found again.
CORPUS = [
    "ansi \x1b[2J\x1b[8mhidden\x1b[41;5mblink",
    "c1 \x9b2J\x9d0;owned\x9c\x84\x8d",
    "osc \x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\ \x1b]52;c;cm0gLXJm\x07 \x1bP+q544e\x1b\\",
    "title \x1b]0;owned\x07\x08\x08\x7f",
    "bidi \u202egnp.exe\u202c \u2066a\u2069 \u061c\u200e\u200f",
    "invisible a\u200bb\u200cc\u2060d\ufeffe\u00adf\u180eg\U000e0041h\U000e0020i\u3164j\u2800k",
    "lines \r\nFAKED ROW\nFAKED ROW\x0b\x0cFAKED\u2028FAKED ROW\u2029FAKED ROW\x85FAKED ROW",
    "markup [red]red[/red] [link=https://evil.example]x[/link] [/] [bold",
    "tabs a\tb\t\tc",
    "zalgo " + "Z" + "\u0336\u0489" * 60 + "a" + "\u0300" * 500,
    "wide " + "\U0001f469\u200d" * 200,
    "html <script>alert(1)</script> <img src=x onerror=alert(1)> '\"`",
    "markdown [x](https://evil.example) ![x](https://evil.example/x.png) `code` # head\n# head",
    "surrogate-like \\ud800 \\x1b[2J literal",
    "formula =cmd|' /C calc'!A0",
    "tall " + "\U0001d173\ufff9\ufffa\ufffb\x00",
]
_DRIVER = """
import json, sys
from culpa.instrumentation.cli import main
for arguments in json.loads(sys.argv[1]):
    print("=====" + json.dumps(arguments), flush=True)
    status = main(arguments)
    sys.stdout.flush()
    print("-----" + str(status), flush=True)
"""
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
#: Runbooks are ours, and their links are links where a terminal has them.
_OWN_LINK = re.compile(r"\x1b\]8;(?:id=\d+;https?://(?!evil)[^\x1b]*|;)\x1b\\")


def run_all(commands: list[list[str]], environ: dict[str, str], *, terminal: bool) -> str:
    """Run commands in one process; return all that they print, by a pipe or as a terminal gets it."""
    command = [sys.executable, "-c", _DRIVER, json.dumps(commands)]
    given = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **environ}
    if not terminal:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=given, check=True)
        return done.stdout.decode("utf-8")
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=given, close_fds=True):
        os.close(theirs)
        got = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not more:
                break
            got += more
    os.close(ours)
    return got.decode("utf-8").replace("\r\n", "\n")


def strangers(text: str) -> set[str]:
    """Return every character that a terminal must not get from us, after what is ours was taken away."""
    assert "\x1b[8m" not in text
    assert "\x1b[41;5m" not in text
    left = _OWN_LINK.sub("", _STYLE.sub("", text))
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return {letter for letter in left if letter != "\n" and unicodedata.category(letter) in kinds} | (
        {"\u3164", "\u2800"} & set(left)
    )


def answers(text: str) -> dict[str, tuple[int, str]]:
    """Return status and text by command."""
    found: dict[str, tuple[int, str]] = {}
    for part in text.split("=====")[1:]:
        arguments, _, rest = part.partition("\n")
        body, _, status = rest.rpartition("-----")
        found[arguments] = int(status.strip()), body
    return found


def hostile_folder(folder: Path) -> list[Path]:
    """Make recordings whose lines, and whose names, are hostile; return what to read."""
    named = folder / "bad\x1b[2J\nFAKED ROW.json"
    named.write_text("not json \x1b[2J\n")
    log = folder / "access.log"
    log.write_bytes(b"".join(b'{"ts":"x","request_uri":"' + one.encode() + b'"}\n' for one in CORPUS))
    unknown = folder / "\x9b2Junknown"
    unknown.write_text("?")
    return [named, log, unknown]
