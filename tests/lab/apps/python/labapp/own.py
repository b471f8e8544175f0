"""What the app does, and fails at, all by itself."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from labapp import settings
from labapp.deeds import Answer, Refused, deed


@deed("ok")
def healthy(_asked: Mapping[str, str]) -> str:
    return "ok"


@deed("discount")
def divide(asked: Mapping[str, str]) -> str:
    return str(100 / int(asked.get("by", "0")))


@deed("profile")
def missing_key(_asked: Mapping[str, str]) -> str:
    profile: dict[str, str] = {"name": "eve"}
    return profile["address"]


@deed("category")
def recursion(_asked: Mapping[str, str]) -> str:
    def ancestors(of: int) -> int:
        return ancestors(of) + 1

    return str(ancestors(1))


@deed("invoice/chained")
def chained(_asked: Mapping[str, str]) -> str:
    lines: list[int] = []
    try:
        return str(lines[0])
    except IndexError as error:
        raise RuntimeError("no invoice could be made") from error


@deed("refused")
def refused(_asked: Mapping[str, str]) -> str:
    raise Refused("not on a Tuesday")


@deed("answer/500")
def answer_500(_asked: Mapping[str, str]) -> Answer:
    return Answer(500, "sorry")


@deed("answer/503")
def answer_503(_asked: Mapping[str, str]) -> Answer:
    return Answer(503, "come back later")


@deed("answer/404")
def answer_404(_asked: Mapping[str, str]) -> Answer:
    return Answer(404, "no such thing")


@deed("answer/422")
def answer_422(_asked: Mapping[str, str]) -> Answer:
    return Answer(422, "that is no number")


@deed("answer/302")
def answer_302(_asked: Mapping[str, str]) -> Answer:
    return Answer(302, "", {"Location": "/ok"})


@deed("recovered")
def recovered(_asked: Mapping[str, str]) -> str:
    try:
        return str(1 / 0)
    except ZeroDivisionError:
        return "infinity"


@deed("label")
def missing_library(_asked: Mapping[str, str]) -> str:
    import label_printer

    return str(label_printer)


@deed("gift-card")
def missing_setting(_asked: Mapping[str, str]) -> str:
    return os.environ["GIFT_CARD_KEY"]


@deed("thumbnail/as-program")
def not_executable(_asked: Mapping[str, str]) -> str:
    tool = Path(settings.FOLDER) / "thumbnailer"
    tool.write_text("no program")
    tool.chmod(0o600)
    return subprocess.run([tool], capture_output=True, check=True).stdout.decode()


@deed("export")
def full_device(_asked: Mapping[str, str]) -> str:
    with (Path(settings.SMALL_DISK or "/dev") / ("export.csv" if settings.SMALL_DISK else "full")).open("w") as file:
        for _line in range(200_000):
            file.write("a line of the export\n" * 20)
    return "exported"


@deed("panorama")
def huge(_asked: Mapping[str, str]) -> str:
    return str(len(bytearray(1 << 56)))


@deed("attachments")
def many_files(_asked: Mapping[str, str]) -> str:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    held = []
    try:
        while True:
            held.append(Path("/etc/hostname").open())  # noqa: SIM115 - that they stay open is the fault
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for file in held:
            file.close()


@deed("hold")
def hold(asked: Mapping[str, str]) -> str:
    """Work for a while; the lab reads from a file which process does."""
    (Path(settings.FOLDER) / f"{os.environ['OTEL_SERVICE_NAME']}.holding").write_text(str(os.getpid()))
    time.sleep(float(asked.get("s", "6")))
    return "held"


@deed("render")
def segfault(_asked: Mapping[str, str]) -> str:
    os.kill(os.getpid(), signal.SIGSEGV)
    return "never"


@deed("header")
def big_header(_asked: Mapping[str, str]) -> Answer:
    return Answer(200, "ok", {"X-Basket": "tea," * 20_000})


@deed("swell")
def swell(_asked: Mapping[str, str]) -> str:
    """Take memory until somebody ends it."""
    held = []
    while True:
        held.append(b"\x01" * (16 << 20))


@deed("answer/501")
def answer_501(_asked: Mapping[str, str]) -> Answer:
    return Answer(501, "not yet")


@deed("crash/exit")
def exits(_asked: Mapping[str, str]) -> str:
    os._exit(3)


@deed("crash/abort")
def aborts(_asked: Mapping[str, str]) -> str:
    os.abort()


@deed("crash/kill")
def kills_itself(_asked: Mapping[str, str]) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(5)
    return "never"


@deed("crash/sysexit")
def leaves(_asked: Mapping[str, str]) -> str:
    raise SystemExit(2)


@deed("header/two-lines")
def bad_header(_asked: Mapping[str, str]) -> Answer:
    return Answer(200, "ok", {"X-Basket": "tea\ncoffee"})


@deed("header/foreign")
def foreign_header(_asked: Mapping[str, str]) -> Answer:
    return Answer(200, "ok", {"X-Basket": "\u8336"})


@deed("text/surrogate")
def surrogate(_asked: Mapping[str, str]) -> str:
    return "tea \udcff"


@deed("text/latin")
def latin(_asked: Mapping[str, str]) -> str:
    return b"caf\xe9".decode()


@deed("json/set")
def not_json(_asked: Mapping[str, str]) -> str:
    import json

    return json.dumps({"tea": {1, 2}})


@deed("export/read-only")
def read_only_file(_asked: Mapping[str, str]) -> str:
    with Path("/proc/version").open("w") as file:
        file.write("tea")
    return "written"


@deed("export/proc")
def no_write(_asked: Mapping[str, str]) -> str:
    Path("/sys/kernel/export.csv").write_text("tea")
    return "written"


@deed("report/file")
def missing_file(_asked: Mapping[str, str]) -> str:
    return Path("/srv/shop/reports/today.txt").read_text()


@deed("report/pdf")
def missing_program(_asked: Mapping[str, str]) -> str:
    return subprocess.run(["make-pdf"], capture_output=True, check=True).stdout.decode()


@deed("report/failed")
def failed_program(_asked: Mapping[str, str]) -> str:
    return subprocess.run(["false"], capture_output=True, check=True).stdout.decode()


@deed("report/threads")
def thread_result(_asked: Mapping[str, str]) -> str:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return str(pool.submit(lambda: [1][3]).result())


@deed("report/late")
def late_thread(_asked: Mapping[str, str]) -> str:
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    try:
        return str(pool.submit(time.sleep, 1.5).result(timeout=0.3))
    finally:
        pool.shutdown(wait=False)


@deed("report/no-threads")
def no_threads(_asked: Mapping[str, str]) -> str:
    raise RuntimeError("can't start new thread")


@deed("report/child")
def child_dies(_asked: Mapping[str, str]) -> str:
    done = subprocess.run(["sh", "-c", "kill -9 $$"], check=True)
    return str(done)


@deed("report/group")
def group(_asked: Mapping[str, str]) -> str:
    raise ExceptionGroup("two things", [ValueError("no number"), KeyError("tea")])


@deed("assert")
def asserts(_asked: Mapping[str, str]) -> str:
    assert settings.HOST == "tea", "the host is no tea"
    return "ok"


@deed("setting/number")
def bad_setting(_asked: Mapping[str, str]) -> str:
    return str(int(os.environ["OTEL_SERVICE_NAME"]))


@deed("raise/permission")
def own_permission(_asked: Mapping[str, str]) -> str:
    """Say words of others: no file was refused to anybody."""
    raise PermissionError("orders of other customers may not be seen")


@deed("raise/connection")
def own_timeout(_asked: Mapping[str, str]) -> str:
    raise TimeoutError("the customer did not decide in time")


@deed("log/errors")
def logs_errors(_asked: Mapping[str, str]) -> str:
    """Log what looks bad, and answer well."""
    import logging

    logging.getLogger("shop").error("connection to postgresql://db:5432/shop refused; using the copy")
    try:
        raise ValueError("no such tea")
    except ValueError:
        logging.getLogger("shop").exception("got over it")
    return "ok"
