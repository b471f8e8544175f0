"""What a running collector tells: once when it begins, once when it is over, whatever becomes of the process."""

import signal
import socket
import time
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from culpa.alarms.commands import command

from .conftest import Collector, Receiver, wait_for

RULES = """
every_s = 0.2
[links]
base = "https://culpa.example"
[channels.hook]
kind = "webhook"
url = "{url}"
allow_private = true
[[rules]]
kind = "new"
min_requests = 2
resolve_minutes = {resolve}
"""


def test_a_problem_is_told_once_and_its_end_once_across_kills(collector: Collector, receiver: Receiver) -> None:
    """Killed at each step: while the begin is told, when that is noted, and before its end is taken.

    The one moment that is left: killed before it noted what was taken, it tells again, under the same name.
    """
    collector.rules.write_text(RULES.format(url=receiver.url, resolve=15))
    collector.start()
    receiver.interrupt = collector.kill
    collector.fail(1, 2, 3)
    wait_for(lambda: receiver.got)
    collector.kill()
    collector.start()
    wait_for(lambda: collector.query("select 1 from alarm_deliveries where outcome = 'sent'"))
    assert [("new", "firing")] * 2 == receiver.told()
    _is_whole(collector, *receiver.got)
    assert "1 alarm not over" in collector.get("/alarms")
    collector.kill()
    # Noted it is, so nobody hears of it again; and while it was down the receiver went: the end has to wait.
    receiver.status = 503
    asked = receiver.asked
    collector.rules.write_text(RULES.format(url=receiver.url, resolve=0.05))
    collector.start()
    wait_for(lambda: receiver.asked > asked, within_s=120)
    wait_for(lambda: collector.query("select 1 from alarm_deliveries where outcome = 'failed'"))
    collector.kill()
    receiver.status = 200
    collector.start()
    wait_for(lambda: len(receiver.got) > 2)
    wait_for(
        lambda: (
            [] != collector.query("select 1 from alarm_deliveries where outcome = 'sent' and event_id like '%resolved'")
        )
    )
    assert [("new", "firing"), ("new", "firing"), ("new", "resolved")] == receiver.told()
    assert 1 == len({told["episode"] for _, told in receiver.got})
    outcomes = [row["outcome"] for row in collector.query("select outcome from alarm_deliveries order by time")]
    assert ["sent", "sent"] == [one for one in outcomes if one != "failed"] and "failed" in outcomes
    page, [problem] = collector.get("/alarms"), collector.query("select fingerprint from problems")
    assert "No alarm is on" in page and f'href="/problems/{problem["fingerprint"]}"' in page
    assert "hook: firing sent" in page
    done = CliRunner().invoke(command, ["list", "--store", collector.url])
    assert "hook resolved sent" in done.stdout and "  new: shop " in done.stdout


def _is_whole(collector: Collector, *told: tuple[dict[str, str], Any]) -> None:
    """Each has the same name, the verdict's sentence, and links that lead to it."""
    [fingerprint] = [row["fingerprint"] for row in collector.query("select fingerprint from problems")]
    assert 1 == len({headers["Idempotency-Key"] for headers, _ in told})
    for headers, begun in told:
        assert ("firing", "new", begun["event_id"]) == (begun["state"], begun["rule"], headers["Idempotency-Key"])
        assert "shop" in begun["sentence"] and begun["first_action"] and begun["share"] == 1.0
        assert f"https://culpa.example/problems/{fingerprint}" == begun["links"]["problem"]
        assert begun["links"]["request"].startswith("https://culpa.example/requests/")


def test_a_receiver_that_does_not_answer_holds_up_neither_ingest_nor_the_end(collector: Collector) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        collector.rules.write_text(
            RULES.format(url=url, resolve=15).replace("allow_private", "timeout_s = 60\nallow_private")
        )
        collector.start()
        collector.fail(1, 2, 3)
        taken, _ = silent.accept()
        began_at = time.monotonic()
        collector.fail(4)
        wait_for(lambda: collector.query("select count(*) as n from verdicts")[0]["n"] == 4)
        collector.kill(signal.SIGTERM)
        taken.close()
    assert collector.process and 0 == collector.process.returncode
    assert time.monotonic() - began_at < 30


def test_rules_that_are_wrong_leave_the_collector_running(collector: Collector, tmp_path: Path) -> None:
    """The log names file and rule; telemetry is taken."""
    collector.rules.write_text('[[rules]]\nkind = "nwe"\n')
    collector.start()
    collector.fail(1)
    assert "companion alarms is left out: " in collector.log.read_text("utf-8")
    assert f"{collector.rules}: rule 1: kind 'nwe' is none; write one of new" in collector.log.read_text("utf-8")


def test_a_mute_ends_an_alarm_and_keeps_others_from_beginning(collector: Collector, receiver: Receiver) -> None:
    """Said by a person on the page; taken back, the problem is told again."""
    text = RULES.format(url=receiver.url, resolve=15) + '[[rules]]\nkind = "share"\nmin_requests = 1\n'
    collector.rules.write_text(text + '[[rules]]\nkind = "regressed"\n')
    collector.start()
    collector.fail(1, 2, 3)
    wait_for(lambda: receiver.got)
    fingerprint = receiver.got[0][1]["subject"]
    collector.post("/v1/problem-states", {"fingerprint": fingerprint, "state": "muted", "until": 0, "note": "known"})
    wait_for(lambda: len(receiver.got) > 1)
    assert ("resolved", "it was muted") == (receiver.got[1][1]["state"], receiver.got[1][1]["why"])
    collector.fail(4)
    wait_for(lambda: collector.query("select count(*) as n from verdicts")[0]["n"] == 4)
    time.sleep(1)  # five looks
    assert [("new", "firing"), ("new", "resolved")] == receiver.told()
    collector.post("/v1/problem-states", {"fingerprint": fingerprint, "state": "open", "until": 0, "note": ""})
    wait_for(lambda: len(receiver.got) > 2)
    assert [("share", "firing")] == receiver.told()[2:]
