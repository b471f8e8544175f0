"""Other users of the machine, full and broken file systems, and the files in which processes note their requests."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

REQUESTS = """
    from opentelemetry import trace
    import time
    for number in range(3):
        with trace.get_tracer("shop").start_as_current_span(f"GET /{number}", kind=trace.SpanKind.SERVER):
            pass
    time.sleep(0.8)
    print("alive")
    """
OTHER = 65534


def _place(root: Path, url: str) -> Path:
    return root / url.replace("://", "_").replace(":", "_")


def test_only_this_user_may_read_them(script: Any, sink: Any, tmp_path: Path) -> None:
    """Folders 0700, files 0600, whatever the umask was."""
    code = "import os; os.umask(0)\n" + "import time, glob\nfrom opentelemetry import trace\n"
    code += "span = trace.get_tracer('shop').start_span('GET /x', kind=trace.SpanKind.SERVER)\n"
    code += f"print(*(f'{{os.stat(p).st_mode & 0o777:o}}' for p in glob.glob('{tmp_path}/lost/**', recursive=True)))\n"
    done = script(code, CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert "700 700 600\n" == done.stdout


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make what belongs to another user")
@pytest.mark.parametrize("planted", ["a link to a folder of ours", "a folder"])
def test_what_another_user_planted_is_not_written_through(script: Any, sink: Any, tmp_path: Path, planted: str) -> None:
    """A link of theirs in a folder for all leads nowhere, and theirs stays as it was."""
    root, ours = tmp_path / "shared", tmp_path / "ours"
    root.mkdir()
    ours.mkdir()
    place = _place(root, sink.url)
    if planted == "a folder":
        place.mkdir()
        os.chown(place, OTHER, OTHER)
    else:
        place.symlink_to(ours)
        os.lchown(place, OTHER, OTHER)
    done = script(REQUESTS, CULPA_INFLIGHT_DIR=str(root))
    assert (0, "alive\n") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("belongs to another user")
    assert [] == [*ours.iterdir(), *place.iterdir()]


def test_strange_files_in_the_folder_are_left_alone(script: Any, sink: Any, tmp_path: Path) -> None:
    """A pipe, a link, a folder, a file of gigabytes: nothing blocks, nothing is read, nothing is removed."""
    place = _place(tmp_path / "lost", sink.url)
    place.mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_text("keep")
    os.mkfifo(place / "1-pipe.inflight")
    (place / "2-link.inflight").symlink_to(secret)
    (place / "3-folder.inflight").mkdir()
    with (place / "4-huge.inflight").open("wb") as file:
        file.truncate(5 << 30)
    before = sorted(one.name for one in place.iterdir())
    done = script(REQUESTS, CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert (0, "alive\n", "") == (done.returncode, done.stdout, done.stderr)
    assert before == sorted(one.name for one in place.iterdir())
    assert "keep" == secret.read_text()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make what belongs to another user")
def test_a_request_that_another_user_wrote_down_is_not_told(script: Any, sink: Any, tmp_path: Path) -> None:
    """Nobody can speak in this service's name by leaving a file."""
    place = _place(tmp_path / "lost", sink.url)
    place.mkdir(parents=True)
    line = "\x1f".join(["a" * 32, "b" * 16, "0" * 16, "SERVER", "1", "GET /forged"]).encode() + b"\n"
    forged = place / "9-abc.inflight"
    forged.write_bytes(b"{}\n".ljust(8192, b"\0") + line.ljust(512, b"\0"))
    os.chown(forged, OTHER, OTHER)
    script(REQUESTS, CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert [] == [span for span in sink.spans if span.name == "GET /forged"]
    os.chown(forged, os.getuid(), os.getgid())
    script(REQUESTS, CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert sink.wait(lambda s: [span for span in s.spans if span.name == "GET /forged"])


def test_one_line_that_was_cut_off_costs_no_other(script: Any, sink: Any, tmp_path: Path) -> None:
    """A process that was killed on a full disk leaves such lines."""
    place = _place(tmp_path / "lost", sink.url)
    place.mkdir(parents=True)
    line = "\x1f".join(["c" * 32, "d" * 16, "0" * 16, "SERVER", "1", "GET /whole"]).encode() + b"\n"
    content = b"{}\n".ljust(8192, b"\0") + b"ccc\x1fnot hex\n".ljust(512, b"\0") + line.ljust(512, b"\0")
    (place / "9-abc.inflight").write_bytes(content)
    script(REQUESTS, CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert sink.wait(lambda s: [span for span in s.spans if span.name == "GET /whole"])


@pytest.mark.parametrize("limit", [0, 8192])
def test_a_full_disk_is_said_once_and_stops_nothing(script: Any, sink: Any, tmp_path: Path, limit: int) -> None:
    """Neither where the file cannot be begun, nor where the first request does not fit."""
    code = f"import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    lines = [line.removeprefix("    ") for line in REQUESTS.splitlines()]
    done = script(code + "\n".join(lines), CULPA_INFLIGHT_DIR=str(tmp_path / "lost"))
    assert 1 == done.stderr.count("culpa: cannot write")
    assert sink.wait(lambda s: [span for span in s.spans if span.name == "GET /2"])
    left = [one for one in (tmp_path / "lost").rglob("*") if stat.S_ISREG(one.stat().st_mode)]
    assert [] == left
