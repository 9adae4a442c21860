"""model_card.md: what the identifier is for, what it was made from, how good it is, where it ends."""

from __future__ import annotations

from longtail.reporting.inputs import Inputs
from longtail.reporting.page import Made, environment
from longtail.reporting.sections import balancing, provenance, scores, summary


def render(inputs: Inputs, made: Made) -> str:
    """The card as Markdown, after Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993)."""
    card = environment().overlay(autoescape=False)  # Markdown: its own escaping, by the filter `plain`
    text = card.get_template("model_card.md.j2").render(
        made=made,
        headline=summary.headline(inputs),
        recipe=balancing.recipe(inputs.model, made.raw.get("train") or {}),
        scorecard=scores.scorecard(inputs),
        submission=provenance.submission(inputs),
        unknown_share=inputs.identifier.get("unknown_share"),
        left_out=int((inputs.split["fold"] == "left_out").sum()),
    )
    return text.strip() + "\n"
