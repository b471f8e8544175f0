"""The lab's course: inject every fault, send its requests, and note how they ended."""

import contextlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from culpa.demo.trouble import Trouble
from lab.acts import Impossible
from lab.cell import Cell, Result, Sent
from lab.fault import Call
from lab.world import World

#: Rivals may miss each other on a busy machine; then they try again.
_ATTEMPTS = 4
#: Apps whose faults run beside each other: more would make a busy machine a fault of its own.
_BESIDE = 3
#: What a process has seen is sent by then; after that it may be killed (seconds).
_TELEMETRY_S = 0.9

#: Stands for the status of an answer that broke off.
_BROKEN_OFF = 1

Say = Callable[[str], None]


def play(on: World, chosen: Sequence[Cell], say: Say) -> list[Result]:
    """Play all cells: those that disturb nobody beside each other, then one after another those that do."""
    _warm_up(on)
    calm = defaultdict(list)
    for cell in chosen:
        if not cell.fault.is_alone:
            calm[cell.app.name].append(cell)
    say(f"{sum(map(len, calm.values()))} faults that disturb nobody else")
    with ThreadPoolExecutor(_BESIDE) as players:
        results = [result for of_app in players.map(lambda cells: [_play(on, one) for one in cells], calm.values())
                   for result in of_app]  # fmt: skip
    for cell in chosen:
        if cell.fault.is_alone:
            began = time.monotonic()
            results.append(_play(on, cell))
            say(f"{cell.fault.story} ({cell.name}) {time.monotonic() - began:.1f} s {results[-1].trouble}")
    return results


def _warm_up(on: World) -> None:
    """Let each web server meet each app in health, as it would have before the first fault."""
    for app in on.apps:
        for front in on.fronts:
            for _ in range(3):
                _request(on.url(front, app), Call("/ok"))


def _play(on: World, cell: Cell) -> Result:
    fault = cell.fault
    result = Result(cell, on.component(fault.at, cell.app, cell.front), [])
    if fault.act is not None:
        time.sleep(_TELEMETRY_S)
    try:
        with fault.act(on, cell) if fault.act else contextlib.nullcontext():
            for _attempt in range(_ATTEMPTS):
                result.sent = _send(on, cell)
                if not fault.cause or fault.is_cut or any(one.status >= 500 for one in result.looked_at):
                    break
            time.sleep(fault.lingers_s)
    except Impossible as impossible:
        result.impossible = str(impossible)
    except (TimeoutError, Trouble) as trouble:
        result.trouble = str(trouble)
    else:
        result.trouble = _trouble(result)
    return result


def _send(on: World, cell: Cell) -> list[Sent]:
    url = on.url(cell.front, cell.app)
    with ThreadPoolExecutor(len(cell.fault.calls)) as senders:
        return list(senders.map(lambda call: _request(url, call), cell.fault.calls))


def _request(url: str, call: Call) -> Sent:
    trace_id = secrets.token_hex(16)
    time.sleep(call.delay_s)
    try:
        answer = httpx.get(
            url + call.path.replace("{key}", trace_id), timeout=call.patience_s, trust_env=False,
            headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"},
        )  # fmt: skip
    except httpx.TimeoutException:
        return Sent(call, trace_id, 0)
    except httpx.HTTPError:
        return Sent(call, trace_id, _BROKEN_OFF)
    return Sent(call, trace_id, answer.status_code)


def _trouble(result: Result) -> str:
    """Say what went otherwise than the fault meant, whatever culpa says."""
    statuses = [one.status for one in result.looked_at]
    if result.cell.fault.is_cut:
        if any(status != _BROKEN_OFF for status in statuses):
            return f"the answer did not break off: answered {statuses}"
    elif result.cell.fault.cause:
        if not statuses or any(status < 500 for status in statuses):
            return f"the fault did not show: answered {statuses}"
    elif any(status >= 500 for status in statuses):
        return f"a request that should be well was answered {statuses}"
    return ""
