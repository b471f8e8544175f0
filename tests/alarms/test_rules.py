"""A file of rules is checked before anything is done with it: what is wrong is named, with what to write."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from culpa.alarms.commands import command
from culpa.alarms.kinds import KINDS
from culpa.alarms.rules import BadRules, read_rules, usual_rules

HOOK = '[channels.hook]\nkind = "webhook"\nurl = "https://hook.example"\n'
DOCUMENT = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text("utf-8")


def _read(folder: Path, text: str) -> object:
    file = folder / "alarms.toml"
    file.write_text(text)
    return read_rules(str(file))


def test_without_a_file_there_is_one_rule_of_each_kind() -> None:
    assert list(KINDS) == [rule.kind for rule in usual_rules().rules]
    assert {()} == {rule.channels for rule in read_rules("").rules}


def test_a_file_with_channels_alone_has_the_usual_rules_tell_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "alarms.toml").write_text(HOOK)
    read = read_rules(str(tmp_path / "alarms.toml"))
    assert (len(KINDS), {("hook",)}) == (len(read.rules), {rule.channels for rule in read.rules})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules = 1", r"rules are written as tables: \[\[rules\]\]"),
        ("a = [", "is no TOML"),
        ("rule = 1", "the file: key 'rule' is not known; known are links, channels, rules"),
        ('[[rules]]\nkind = "nwe"', "rule 1: kind 'nwe' is none; write one of new, regressed"),
        ('[[rules]]\nkind = "new"\nabove = 1', "rule 'new': key 'above' is not known; known are kind, name"),
        (
            '[[rules]]\nkind = "share"\nabove = 5',
            "rule 'share': above is a number from 0 to 0.999, such as above = 0.05",
        ),
        ('[[rules]]\nkind = "share"\nminutes = "5"', "minutes is a number from 1 to 360"),
        ('[[rules]]\nkind = "new"\n[[rules]]\nkind = "new"', "two rules are called 'new'; give one another `name`"),
        ('[[rules]]\nkind = "new"\nchannels = ["a"]', r"there is no channel 'a'; add a table \[channels.a\]"),
        ('[[rules]]\nkind = "new"\nchannels = "a"', r'channels is a list of names; write channels = \["oncall"\]'),
        ('[[rules]]\nkind = "new"\nlayer = "databse"', "layer 'databse' is none that there is"),
        ('[[rules]]\nkind = "new"\ncause = "x.y"', "cause 'x.y' is none that there is"),
        ('[[rules]]\nkind = "blind"\nroute = "/a"', "of a rule `blind` only `service` can be chosen"),
        ('[links]\nbase = "culpa.example"', r"\[links\]: base is no address"),
        ('[channels.a]\nkind = "carrier"', "channel 'a': kind 'carrier' is none; write one of alertmanager, apprise"),
        ('[channels.a]\nkind = "webhook"', "channel 'a': url is missing; write url, url_file or url_env"),
        (HOOK + 'bearer = "x"', "channel 'hook': bearer is a secret, and does not belong here; write bearer_file"),
        (HOOK + 'colour = "red"', "channel 'hook': key 'colour' is not known; known are allow_private, bearer"),
        (HOOK + 'url_env = "X"', "channel 'hook': write one of url_file and url_env and url"),
        (HOOK + 'bearer_env = "CULPA_NOT_SET"', "channel 'hook': the variable CULPA_NOT_SET is not set"),
        (HOOK + 'bearer_file = "/no/file"', "channel 'hook': /no/file cannot be read: No such file"),
        (HOOK + 'allow_private = "yes"', "channel 'hook': allow_private is true or false"),
        (
            '[channels.m]\nkind = "smtp"\nhost = "h"\nfrom = "a@b"\nto = "c"',
            r'to is a list of text; write to = \["…"\]',
        ),
        (
            '[channels.m]\nkind = "smtp"\nhost = "h"\nfrom = "a@b"\nto = ["c"]\nuser = "u"',
            "user and password belong together",
        ),
        (
            '[channels.m]\nkind = "apprise"\nurl = "slack://x"',
            "url is a secret, and does not belong here; write url_file",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_and_place_and_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said) as caught:
        _read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "alarms.toml"))
    assert "\n" not in str(caught.value).split(": ", 1)[0]


def test_no_file_is_an_error() -> None:
    with pytest.raises(BadRules, match=r"/no/file cannot be read: No such file .*; name a file of rules in `alarms`"):
        read_rules("/no/file")


def test_check_says_what_holds_and_ends_with_2_for_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(HOOK + '[[rules]]\nkind = "share"\nabove = 0.02\nroute = "/checkout"\n')
    done = CliRunner().invoke(command, ["check", str(file)])
    assert 0 == done.exit_code
    assert (
        "rule share (share): above = 0.02, minutes = 5, min_requests = 20, resolve_minutes = 5, route = /checkout"
        in done.output
    )
    assert "tells hook" in done.output and "channel hook: webhook" in done.output
    file.write_text("nothing = 1")
    done = CliRunner().invoke(command, ["check", str(file)])
    assert (2, True) == (done.exit_code, "key 'nothing' is not known" in done.output)


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_tells_each_kind_with_its_numbers(kind: str) -> None:
    [line] = [line for line in DOCUMENT.splitlines() if line.startswith(f"| `{kind}` |")]
    wanted = [f"`{one.name}` {one.default:g}" for one in KINDS[kind] if one.name != "resolve_minutes"]
    assert [] == [one for one in wanted if one not in line]
