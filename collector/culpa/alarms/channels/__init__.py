"""The channels over which people hear: one file each, `make(given) -> Channel`; the folder is the registry."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from culpa.alarms.channels._channel import Channel, NotSent
from culpa.alarms.message import Message
from culpa.given import BadGiven, Given

#: What a channel can be.
KINDS: Final = tuple(sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_")))

__all__ = ["KINDS", "Channel", "NotSent", "hand_over", "make_channel"]


def make_channel(name: str, table: Mapping[str, Any]) -> Channel:
    """Return the channel that a table describes; nobody is asked yet. Errors: BadGiven."""
    kind = table.get("kind")
    if kind not in KINDS:
        raise BadGiven(f"channel {name!r}: kind {kind!r} is none; write one of {', '.join(KINDS)}")
    given = Given("channel", name, table, ("kind",))
    channel: Channel = import_module(f"{__name__}.{kind}").make(given)
    given.check_known()
    return channel


def hand_over(name: str, channel: Channel, message: Message) -> None:
    """Send a message; whatever goes wrong keeps no other from being sent. Errors: NotSent."""
    try:
        channel.send(message)
    except NotSent:
        raise
    except BadGiven as error:
        # A file or variable that a secret is in can have gone since the start.
        raise NotSent(str(error)) from error
    except Exception as error:
        # What a library says may quote an address or a secret: its kind has to do.
        raise NotSent(f"channel {name!r}: it could not be sent ({type(error).__name__})") from None
