"""JUnit's XML: a test case for each condition and each problem."""

from collections.abc import Sequence
from xml.etree import ElementTree as Tree

from culpa.analysis.plain import visible
from culpa.analysis.report.finding import Row, message_of, title_of


def junit_text(conditions: Sequence[tuple[str, str]], problems: Sequence[Row], new: Sequence[Row]) -> str:
    """Return one test suite. `conditions` are names, each with what went wrong; '' for what holds."""
    fresh = {row["fingerprint"] for row in new}
    suite = Tree.Element("testsuite", name="culpa")
    for name, wrong in conditions:
        case = Tree.SubElement(suite, "testcase", classname="culpa.check", name=visible(name))
        if wrong:
            Tree.SubElement(case, "failure", message=visible(wrong), type="exceeded").text = visible(wrong)
    for row in problems:
        is_new = row["fingerprint"] in fresh
        name = f"{title_of(row)} ({row['fingerprint']})"
        case = Tree.SubElement(suite, "testcase", classname="culpa.problem", name=visible(name))
        text = message_of(row, is_new=is_new)
        if is_new:
            Tree.SubElement(case, "failure", message=text, type=visible(row["cause"])).text = text
        else:
            Tree.SubElement(case, "system-out").text = text
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", "0")
    suites = Tree.Element("testsuites")
    suites.append(suite)
    Tree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Tree.tostring(suites, "unicode") + "\n"
