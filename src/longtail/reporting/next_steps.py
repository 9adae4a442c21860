"""What to do after reading the report: commands that fit its state."""

from __future__ import annotations

from typing import NamedTuple

from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import quantity


class Step(NamedTuple):
    """A command, and what it is for."""

    command: str
    purpose: str


def next_steps(context: ReportContext) -> list[Step]:
    """The commands, the most useful first."""
    return [
        *_review(context),
        *_photographs(context),
        Step("longtail identify PHOTO --html answer.html", "name a photograph, or a folder of them"),
        Step("make run", "after any change: only what it touches runs again"),
    ]


def _review(context: ReportContext) -> list[Step]:
    inputs = context.inputs
    unknown_label = context.source.unknown_label
    tables = [inputs.open_findings(table, unknown_label) for table in (inputs.findings, inputs.label_issues)]
    asking = [table[(table["severity"] == "warning") | (table["proposal"] != "")] for table in tables]
    proposed = inputs.proposals.loc[inputs.proposals["part"] == "labelled", "image"]  # as new individuals
    if all(table.empty for table in asking) and proposed.isin(inputs.edits["image"]).all():
        return []
    return [Step("longtail review --serve", "decide on the open findings in a browser")]


def _photographs(context: ReportContext) -> list[Step]:
    if context.source.is_drawn:
        return [Step("longtail import SOURCE", "your own photographs instead of the drawn ones")]
    single = context.inputs.verdict["facts"]["seen_once"]
    if not single:
        return []
    have = quantity(single, "identity has", "identities have")
    return [Step("longtail add SOURCE", f"further photographs: {have} a single one")]
