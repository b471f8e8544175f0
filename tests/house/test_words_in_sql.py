"""What systems say stands in the catalogue, with samples: SQL asks `@says topic (…)@` and lists no words of its own."""

import re

from linearity.alternatives import alternations
from linearity.sql_patterns import InSql, sql_patterns

#: So many words that may stand at one place of a pattern are a list of what somebody says.
MANY = 3
_PICKS_OBJECT = "picks out the name of an object, not a meaning"
#: By file and the first of the words: why they may stay.
EXCEPTIONS = {
    ("calls/calls.sql", "acquire"): "the name that a pool's own span has, not a text",
    ("calls/calls.sql", "status(?: ?code)?[:= ]+"): "picks out the status",
    ("surroundings/used_up.sql", "stddev"): "how statistics of a metric are named, whoever measures",
    (
        "sql/attribute_counts.sql",
        "^(error|exception|http\\.response|http\\.status|otel\\.status|rpc\\.response|rpc\\.grpc|thread)[._]",
    ): ("attributes of the semantic conventions"),
    ("sql/attribute_counts.sql", "error"): "attributes of the semantic conventions",
    ("rules/server_status_message.sql", "Error"): "the shape of an exception's name in any language",
    ("rules/own_answer.sql", "internal server error"): "the phrases that HTTP itself has for its statuses",
    ("rules/rpc_status.sql", "code = "): "picks out the code, in the spelling of each language",
    (
        "rules/upstream_status.sql",
        "status(?:[ _]?code)?(?:[:=]| of| was not ok:| does not indicate success:)?",
    ): "picks out the status",
    ("rules/database_code.sql", "relation"): _PICKS_OBJECT,
    ("rules/database_code.sql", "Table"): _PICKS_OBJECT,
    ("rules/database_words.sql", "relation"): _PICKS_OBJECT,
    ("rules/log_database_refused.sql", "relation"): _PICKS_OBJECT,
    ("rules/import_error.sql", "No module named"): _PICKS_OBJECT,
    ("rules/import_error.sql", "\\bspawn "): _PICKS_OBJECT,
    ("rules/secret_refused.sql", "pfx"): _PICKS_OBJECT,
    ("rules/log_boot_failed.sql", "module"): _PICKS_OBJECT,
}


def _is_word(alternative: str) -> bool:
    """Say whether letters stand in it that are no class of letters."""
    return bool(re.search(r"[A-Za-z]{3}", re.sub(r"\[[^\]]*\]|\\.", " ", alternative)))


def _lists(found: InSql) -> list[tuple[str, str]]:
    """Return (file, first word) of each list of words in a pattern."""
    words = ([one for one in alternation if _is_word(one)] for alternation in alternations(found.pattern or ""))
    return [("/".join(found.where.partition(":")[0].split("/")[-2:]), each[0]) for each in words if len(each) >= MANY]


def test_a_list_of_words_is_known_from_a_shape() -> None:
    assert [("rules/a.sql", "refused")] == _lists(
        InSql("x/rules/a.sql:7", "regexp_matches", "(?i)^(?:refused|reset|timed out)")
    )
    assert [] == _lists(InSql("x/rules/a.sql:7", "regexp_matches", r"^([0-9]{1,2}|[A-Z_]{4,20}|\d+)$"))


def test_no_pattern_in_the_sql_of_analysis_lists_what_systems_say() -> None:
    patterns = [
        found
        for found in sql_patterns(is_rendered=False)
        if found.where.startswith("analysis/") and ".sql:" in found.where
    ]
    assert len(patterns) > 50
    assert sorted(EXCEPTIONS) == sorted({place for found in patterns for place in _lists(found)})
