"""`culpa release`: what a deployment did, problem by problem."""

import time
from typing import TYPE_CHECKING, Any, Final

import click

from culpa.analysis.commands.asking import Asking, Trouble, counted, say, session, store_options, write
from culpa.store import NotATime, since_ns

if TYPE_CHECKING:
    from culpa.analysis.surface.release import Compared, Release

#: How often a collector is asked while it is watched. Unit: seconds.
_EVERY_S: Final = 10.0


class Length(click.ParamType[int]):
    """A length of time such as `30m`, in nanoseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return nanoseconds, or end with a usage error."""
        if isinstance(value, int):
            return value
        now_ns = time.time_ns()
        try:
            length = now_ns - since_ns(str(value))
        except NotATime as error:
            self.fail(str(error), param, ctx)
        # A point in time, or nothing, is no length.
        if not 0 < length < 400 * 86_400 * 10**9:
            self.fail(f"{value!r} is no length of time; write 30m, 2h or 1d", param, ctx)
        return round(length, -9)


@click.group("release", short_help="Say what a deployment did, problem by problem.")
def command() -> None:
    """Say what a deployment did, problem by problem."""


@command.command("watch", cls=Asking)
@click.argument("service")
@click.argument("version")
@store_options
@click.option("--for", "for_ns", type=Length(), default="30m", show_default=True, metavar="DURATION",
              help="Watch so long from its first request on.")  # fmt: skip
@click.option("--baseline", "baseline_ns", type=Length(), default="1d", show_default=True, metavar="DURATION",
              help="Compare with so long before it.")  # fmt: skip
@click.pass_context
def watch(
    ctx: click.Context, service: str, version: str, where: str | None, token: str | None, for_ns: int, baseline_ns: int
) -> None:
    """Compare what fails since SERVICE serves in VERSION with what failed before, by problem.

    VERSION is the service.version of its telemetry. A running collector is watched until --for is over, or until a
    problem is new or more frequent beyond chance (Fisher's exact test, 1 % false alarms); a store is looked at once.
    Exit status: 0 if nothing got worse; 1 if something did; 2 if no request was served in that version.
    """
    from culpa.analysis.surface.release import release_of

    give_up_ns = time.time_ns() + for_ns
    with session(where, token) as s:
        is_live = s.where.startswith(("http://", "https://"))
        while True:
            found = release_of(s, service, version, baseline_ns, for_ns)
            until_ns = found.first_ns + for_ns if found else give_up_ns
            if not is_live or (found and (found.new or found.worse)) or time.time_ns() >= until_ns:
                break
            time.sleep(min(_EVERY_S, max(0.1, (until_ns - time.time_ns()) / 1e9)))
        if found is None:
            raise Trouble(
                f"no request of {service} {version} was seen in {s.where}; its telemetry names the version in "
                "service.version (OTEL_RESOURCE_ATTRIBUTES=service.version=…)"
            )
    write("".join(f"{line}\n" for line in _lines(found, service, version)))
    is_bad = bool(found.new or found.worse)
    say(
        f"{counted(found.requests, 'request')} of {service} {version}, {found.before_requests} before: "
        f"{counted(len(found.new), 'new problem')}, {len(found.worse)} worse"
    )
    ctx.exit(1 if is_bad else 0)


def _lines(found: "Release", service: str, version: str) -> list[str]:
    from culpa.analysis.plain import flowing

    out = [_line(one) for one in found.problems]
    changes = sorted({one.row["change"] for one in (*found.new, *found.worse) if one.row["change"]})
    # Only where a verdict itself names the change: that a problem is new is no proof that the release brought it.
    out += [
        f"hint: roll back {flowing(service)} {flowing(version)}; problems began after: {flowing(text)}"
        for text in changes
    ]
    return out


def _line(one: "Compared") -> str:
    from culpa.analysis.report.finding import message_of

    state = "new" if one.is_new else "worse" if one.is_worse else "as before"
    numbers = f"{one.after} of {one.after_requests} requests, before {one.before} of {one.before_requests}"
    return f"{state}: {numbers} (p {one.chance:.2g}); {message_of(one.row, is_new=False)}"
