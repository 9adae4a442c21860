"""model_card.md: what the identifier is for, what it was made from, how good it is, where it ends."""

from __future__ import annotations

from longtail import licences
from longtail.reporting import train_settings
from longtail.reporting.context import ReportContext
from longtail.reporting.jinja_environment import environment
from longtail.reporting.sections import scores, submission, summary


def render(context: ReportContext) -> str:
    """The card as Markdown, after Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993)."""
    inputs = context.inputs
    kept_out = inputs.split[inputs.split["fold"] == "discover"]
    markdown = environment().overlay(autoescape=False)  # Markdown: its own escaping, by the filter `plain`
    text = markdown.get_template("model_card.md.j2").render(
        summary=summary.section(context),
        settings=train_settings.describe(inputs.model, context.train_params),
        scorecard=scores.section(context)["scorecard"],
        submission=submission.section(context),
        unknown_share=inputs.identifier.get("unknown_share"),
        kept_out={"photographs": len(kept_out), "identities": int(kept_out["identity"].replace("", None).nunique())},
        excluded=int((inputs.split["fold"] == "left_out").sum()),
        forbids_commercial_use=bool(licences.warning(inputs.model)),
        hashes=context.source.hashes,
        unknown_label=context.source.unknown_label or "unknown",
    )
    return text.strip() + "\n"
