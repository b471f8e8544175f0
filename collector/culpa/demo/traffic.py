"""The demo's clients: they send the requests and note how each ended."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg

from culpa.demo.truth import Call, Sent, new_trace

#: Rivals may miss each other on a busy machine; then they try again.
_ATTEMPTS = 5


class Traffic:
    """Everything that was sent through the web server at `url`."""

    def __init__(self, url: str, administrator: Callable[[], psycopg.Connection]) -> None:
        """Talk to the web server, and to the database only to end a query."""
        self._url = url
        self._administrator = administrator
        self.sent: list[Sent] = []

    def send(self, groups: Iterable[tuple[Call, ...]]) -> None:
        """Send the groups one after another, the calls of a group together."""
        for group in groups:
            for _attempt in range(_ATTEMPTS):
                done = self._send_group(group)
                self.sent += done
                rivals = [sent for sent in done if sent.call.may_win]
                if not rivals or any(sent.truth.cause for sent in rivals):
                    break

    def _send_group(self, group: tuple[Call, ...]) -> list[Sent]:
        if len(group) == 1:
            return [self._send(group[0])]
        with ThreadPoolExecutor(len(group)) as senders:
            return list(senders.map(self._send, group))

    def _send(self, call: Call) -> Sent:
        trace_id, traceparent = new_trace()
        time.sleep(call.delay_s)
        if call.is_cut_off:
            threading.Thread(target=self._cut_off, daemon=True).start()
        try:
            answer = httpx.request(
                call.method, self._url + call.path, json=call.body, timeout=call.patience_s,
                headers={"traceparent": traceparent}, trust_env=False,
            )  # fmt: skip
        except httpx.TimeoutException:
            return Sent(call, trace_id, 0)
        return Sent(call, trace_id, answer.status_code)

    def _cut_off(self) -> None:
        """End the first long query that the shop runs, as an administrator would."""
        with self._administrator() as server:
            for _look in range(100):
                ended = server.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where usename = 'shop' and state = 'active' and query like '%pg_sleep%'"
                ).fetchall()
                if ended:
                    return
                time.sleep(0.05)
