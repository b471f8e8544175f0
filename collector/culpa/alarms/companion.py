"""The alarms beside a running collector: the entry point `alarms` of the group `culpa.companions`."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Final

from culpa.alarms.asking import WINDOW_NS, Asker, live
from culpa.alarms.conditions import Word
from culpa.alarms.counts import HOUR_NS
from culpa.alarms.deliver import Deliverer
from culpa.alarms.describe import described
from culpa.alarms.evaluate import evaluate
from culpa.alarms.house import House
from culpa.alarms.outbox import Outbox
from culpa.alarms.rules import Rule, Rules, read_rules
from culpa.analysis.pipeline.questions import question
from culpa.store import StoreError, json_rows

logger = logging.getLogger("culpa.alarms")

_S: Final = 10**9
#: Between two looks at what waits to be delivered.
_STEP_S: Final = 1.0
#: Where nothing comes and nothing is open, only silence can begin: then it looks so much more rarely.
_IDLE: Final = 8
#: The thread ends by itself, or with the process: nobody waits longer for a channel that does not answer.
_LEAVE_S: Final = 5.0
#: Parts of the collector without which less comes in, or is judged.
_DEAF: Final = frozenset({"writer", "decoder", "settler", "senders", "store"})
#: A trouble that comes and goes is one; it is over when it did not show for so long.
_TROUBLE_NS: Final = 300 * _S


def start(house: House) -> "Companion":
    """Start the alarms of a collector. Errors: BadRules."""
    return Companion(house, read_rules(house.alarms))


def quiet_times(rules: tuple[Rule, ...]) -> list[int]:
    """Return the quiet times of the rules `regressed`, in nanoseconds."""
    return [int(rule.number("quiet_hours") * HOUR_NS) for rule in rules if rule.kind == "regressed"]


class Companion:
    """One thread, which looks, keeps and delivers, round after round."""

    def __init__(self, house: House, rules: Rules) -> None:
        """Start the thread."""
        self._house = house
        self._rules = rules
        self._asker = Asker(house.query, quiet_times(rules.rules))
        self._outbox = Outbox(house)
        self._deliverer = Deliverer(self._outbox, rules)
        self._started_ns = time.time_ns()
        self._troubles: dict[str, tuple[str, int]] = {}
        self._is_loaded = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="culpa-alarms", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, within some seconds."""
        self._stopping.set()
        self._thread.join(_LEAVE_S)

    def _run(self) -> None:
        look_at = idle_until = 0.0
        seen = -1
        said = ""
        while not self._stopping.wait(min(_STEP_S, self._rules.every_s)):
            try:
                now = time.monotonic()
                is_idle = seen == self._house.commits and not self._outbox.standing.open
                if now >= (idle_until if is_idle else look_at):
                    look_at, idle_until = now + self._rules.every_s, now + _IDLE * self._rules.every_s
                    seen = self._house.commits
                    self._look(time.time_ns())
                if self._is_loaded:
                    self._outbox.save()
                    self._deliverer.deliver(time.time_ns())
                said = ""
            except StoreError as error:
                # A store that cannot be asked is told of by `troubles` when it can be again; the log need not fill.
                if str(error) != said and not self._stopping.is_set():
                    said = str(error)
                    logger.warning("alarms wait for the store: %s", said)
            except Exception:
                logger.exception("a round of the alarms went wrong; the next one comes")

    def _look(self, now_ns: int) -> None:
        if not self._is_loaded:
            self._outbox.load(now_ns)
            self._is_loaded = True
        troubles = self._known_troubles(now_ns)
        if not _DEAF.isdisjoint(troubles):
            # What does not come in now says nothing: no problem is over, and no service silent, for that.
            self._started_ns = now_ns
        counts, words = live(self._asker, now_ns, troubles), self._words()
        events = evaluate(self._rules.rules, counts, self._outbox.standing, words, now_ns, self._started_ns)
        if events:
            self._outbox.keep(described(events, self._asker, now_ns - WINDOW_NS, now_ns))
        self._outbox.forget(now_ns)

    def _known_troubles(self, now_ns: int) -> Mapping[str, str]:
        for part, text in self._house.troubles().items():
            self._troubles[part] = (text, now_ns)
        self._troubles = {part: one for part, one in self._troubles.items() if now_ns - one[1] < _TROUBLE_NS}
        return {part: text for part, (text, _) in self._troubles.items()}

    def _words(self) -> dict[str, Word]:
        rows = json_rows(self._house.query(question("problem_states")))
        return {row["fingerprint"]: Word(row["state"], row["said_ns"], row["until_ns"]) for row in rows}
