"""`culpa explain`: why one request failed, with all that was seen of it."""

from typing import TYPE_CHECKING

import click

from culpa.analysis.commands.asking import Asking, say, session, show, store_options, write

if TYPE_CHECKING:
    from culpa.analysis.explanation.explain import Explanation
    from culpa.analysis.surface.session import Session


@click.command("explain", cls=Asking)
@click.argument("trace_id", metavar="ID")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, an object for each failed request.")
@click.option("--sql", "as_sql", is_flag=True, help="Print a SELECT for each piece of evidence, instead of the answer.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, to paste into a ticket.")
@click.option("--whole", is_flag=True, help="Draw the whole tree, however large; of --sql: with all that is read.")
@click.pass_context
def command(
    ctx: click.Context,
    trace_id: str,
    where: str | None,
    token: str | None,
    as_json: bool,
    as_sql: bool,
    as_markdown: bool,
    whole: bool,
) -> None:
    """Explain why the requests of a trace failed, or one request that shows a problem.

    ID is that of a trace, its first 8 or more hex digits, a `traceparent`, the fingerprint of a problem, or the id of a
    request as a server logged it. A trace without a failed request is drawn. Exit status 1: nothing is known under it.
    """
    if as_json + as_sql + as_markdown > 1:
        raise click.UsageError("--json, --sql and --markdown exclude each other; name one")
    from culpa.analysis.explanation.explain import AmbiguousTrace, NoSuchTrace, NotATraceId
    from culpa.analysis.report.explained import print_explained
    from culpa.analysis.report.records import json_text

    with session(where, token) as s:
        try:
            explanation = s.explain(trace_id)
        except (NotATraceId, AmbiguousTrace) as error:
            raise click.UsageError(str(error)) from error
        except NoSuchTrace as error:
            say(str(error))
            ctx.exit(1)
        if as_sql:
            from culpa.analysis.explanation.replay import replayed

            write("\n".join(replayed(failure.verdict, whole=whole) for failure in explanation.failures))
        elif as_markdown:
            write(_markdown(s, explanation, whole=whole) + _how_often(s, explanation.problem))
        elif as_json:
            click.echo(json_text(explanation.json()))
        else:
            show(lambda out: print_explained(out, explanation, whole_tree=whole))


def _markdown(s: "Session", explanation: "Explanation", *, whole: bool) -> str:
    from culpa.analysis.explanation.stacks import stack_of
    from culpa.analysis.report.markdown import request_markdown, tree_lines

    if not explanation.failures:
        return request_markdown(explanation.sentence, None, tree_lines(explanation.tree, whole=whole))
    return "\n".join(
        request_markdown(one.sentence, one, tree_lines(one.tree, whole=whole), stack_of(s.ask, one.verdict))
        for one in explanation.failures
    )


def _how_often(s: "Session", fingerprint: str) -> str:
    """Return what stands below the request that shows a problem; '' where a request was asked for."""
    from culpa.analysis.report.markdown import how_often
    from culpa.store import json_rows

    found = json_rows(s.ask("one_problem", fingerprint=fingerprint)) if fingerprint else []
    if not found:
        return ""
    return "\n" + how_often(found[0], json_rows(s.ask("problem_examples", fingerprint=fingerprint)))
