"""The rules and channels of a user: a TOML file, read whole and checked before anything is done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from culpa.alarms.channels import Channel, make_channel
from culpa.alarms.kinds import FILTERS, KINDS
from culpa.given import BadGiven, is_list, number, read_toml
from culpa.knowledge import LAYERS, causes

#: Messages of firing alarms that one channel gets in an hour; what is more goes into summaries.
_BUDGET: Final = 20
_EVERY_S: Final = 15.0
_TOP: Final = ("links", "channels", "rules", "every_s", "hourly_budget")
_DIGITS_OF_A_NAME: Final = 60


class BadRules(ValueError):
    """A file of rules cannot be used. The message names file and rule, and what to write."""


@dataclass(frozen=True)
class Rule:
    """One rule. `only` are its filters, by name, '' for all; `channels` None: every one there is."""

    name: str
    kind: str
    numbers: Mapping[str, float]
    only: Mapping[str, str] = field(default_factory=dict[str, str])
    channels: tuple[str, ...] = ()

    def number(self, name: str) -> float:
        """Return one of its numbers, in the unit of `kinds.KINDS`."""
        return self.numbers[name]


@dataclass(frozen=True)
class Rules:
    """What a file says. Units: `every_s` is the seconds between two looks."""

    rules: tuple[Rule, ...]
    channels: Mapping[str, Channel] = field(default_factory=dict[str, Channel])
    base: str = ""
    every_s: float = _EVERY_S
    hourly_budget: int = _BUDGET


def usual_rules() -> Rules:
    """Return the rules that hold where nobody wrote others: one of each kind, and no channel."""
    return Rules(tuple(_usual(())))


def _usual(channels: tuple[str, ...]) -> list[Rule]:
    return [Rule(kind, kind, {one.name: one.default for one in KINDS[kind]}, {}, channels) for kind in KINDS]


def read_rules(path: str) -> Rules:
    """Return the rules of a file; of '' the usual ones. Errors: BadRules."""
    if not path:
        return usual_rules()
    try:
        given = read_toml(path, "name a file of rules in `alarms`")
    except BadGiven as error:
        raise BadRules(str(error)) from error
    try:
        return _rules(given)
    except (BadRules, BadGiven) as error:
        raise BadRules(f"{path}: {error}") from error


def _rules(given: Mapping[str, Any]) -> Rules:
    _known(given, _TOP, "the file")
    links = _table(given.get("links", {}), "[links]")
    _known(links, ("base",), "[links]")
    base = links.get("base", "")
    if not isinstance(base, str) or (base and not base.startswith(("http://", "https://"))):
        raise BadRules('[links]: base is no address; write base = "https://culpa.example"')
    named = _table(given.get("channels", {}), "[channels]")
    channels = {
        name: make_channel(_name(name, "channel"), _table(one, f"channel {name}")) for name, one in named.items()
    }
    return Rules(
        _rule_list(given.get("rules"), tuple(channels)),
        channels,
        base.rstrip("/"),
        _number(given, "every_s", _EVERY_S, 0.2, 3600, "the file"),
        int(_number(given, "hourly_budget", _BUDGET, 1, 10_000, "the file")),
    )


def _rule_list(given: Any, channels: tuple[str, ...]) -> tuple[Rule, ...]:
    if given is None:
        return tuple(_usual(channels))
    if not is_list(given):
        raise BadRules("rules are written as tables: [[rules]]")
    found: list[Rule] = []
    for place, one in enumerate(given, start=1):
        rule = _rule(_table(one, f"rule {place}"), place, channels)
        if any(rule.name == other.name for other in found):
            raise BadRules(f"two rules are called {rule.name!r}; give one another `name`")
        found.append(rule)
    return tuple(found)


def _rule(given: Mapping[str, Any], place: int, channels: tuple[str, ...]) -> Rule:
    kind = given.get("kind")
    if kind not in KINDS:
        raise BadRules(f"rule {place}: kind {kind!r} is none; write one of {', '.join(KINDS)}")
    name = _name(given.get("name", kind), f"rule {place}")
    where = f"rule {name!r}"
    _known(given, ("kind", "name", "channels", *FILTERS, *(one.name for one in KINDS[kind])), where)
    numbers = {one.name: _number(given, one.name, one.default, one.least, one.most, where) for one in KINDS[kind]}
    only = {one: _text(given[one], one, where) for one in FILTERS if one in given}
    for one, known in (("layer", tuple(LAYERS)), ("cause", (*LAYERS, *causes()))):
        if only.get(one) and only[one] not in known:
            raise BadRules(f"{where}: {one} {only[one]!r} is none that there is; `culpa problems` shows those that are")
    if kind == "blind" and set(only) - {"service"}:
        raise BadRules(
            f"{where}: of a rule `blind` only `service` can be chosen; take away {min(set(only) - {'service'})}"
        )
    return Rule(name, kind, numbers, only, _chosen(given.get("channels"), channels, where))


def _chosen(given: Any, channels: tuple[str, ...], where: str) -> tuple[str, ...]:
    if given is None:
        return channels
    if not is_list(given) or not all(isinstance(one, str) for one in given):
        raise BadRules(f'{where}: channels is a list of names; write channels = ["oncall"]')
    if strange := [one for one in given if one not in channels]:
        raise BadRules(f"{where}: there is no channel {strange[0]!r}; add a table [channels.{strange[0]}]")
    return tuple(given)


def _number(given: Mapping[str, Any], name: str, default: float, least: float, most: float, where: str) -> float:
    try:
        return number(given.get(name, default), name, default, least, most)
    except ValueError as error:
        raise BadRules(f"{where}: {error}") from error


def _text(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRules(f'{where}: {name} is text; write {name} = "…"')
    return value


def _name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value or len(value) > _DIGITS_OF_A_NAME or not value.isprintable():
        raise BadRules(f"{where}: its name is text of at most {_DIGITS_OF_A_NAME} characters")
    return value


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRules(f"{where} is a table; write its keys below it")
    return cast(dict[str, Any], value)


def _known(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    if strange := [name for name in given if name not in known]:
        raise BadRules(f"{where}: key {strange[0]!r} is not known; known are {', '.join(known)}")
