"""One self-contained HTML page, and the model card: equal inputs give equal bytes.

Nothing is fetched: style, charts and pictures stand in the file, and its content security policy forbids the rest.
Labels and file names are foreign text; Jinja escapes every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from longtail.reporting import formatting, glossary
from longtail.reporting.inputs import Inputs
from longtail.reporting.sections import (
    balancing,
    class_count,
    comparison,
    data,
    examples,
    label_issues,
    open_set,
    provenance,
    scores,
    summary,
    training,
)

SECTIONS = (
    ("summary", "Summary"),
    ("data", "The data"),
    ("checks", "What the checks found"),
    ("balancing", "Balancing"),
    ("training", "Training"),
    ("scores", "Scores by class count"),
    ("whom", "Which approach, for whom"),
    ("approaches", "Approaches compared"),
    ("unknowns", "Who is new"),
    ("examples", "Best and worst answers"),
    ("mistakes", "Labels to look at"),
    ("submission", "The submission"),
    ("provenance", "How it was made"),
)


@dataclass(frozen=True)
class Look:
    """How much the page shows; sizes in px."""

    wall: int
    pairs: int
    examples: int
    doubts: int
    picture_size: int
    seed: int


@dataclass(frozen=True)
class Made:
    """What the page was made from, beside its inputs."""

    raw: Mapping[str, Any]
    parameters: Sequence[Mapping[str, Any]]
    versions: Mapping[str, str]
    hashes: Mapping[str, str]
    unknown_label: str


def render(inputs: Inputs, look: Look, made: Made) -> str:
    """The page as HTML."""
    size, seed = look.picture_size, look.seed
    text = (
        environment()
        .get_template("page.html.j2")
        .render(
            sections=SECTIONS,
            made=made,
            unknown_label=made.unknown_label,
            headline=summary.headline(inputs),
            counts=data.class_counts(inputs),
            wall=data.wall(inputs, look.wall, size, seed),
            findings=data.findings(inputs, look.pairs, size, seed),
            balancing=training.balancing(inputs, size, seed),
            learning_rate=training.learning_rate(inputs),
            history=training.history(inputs),
            recipe=balancing.recipe(inputs.model, made.raw.get("train") or {}),
            network=provenance.training_facts(inputs.model),
            scorecard=scores.scorecard(inputs),
            recall=scores.recall(inputs),
            whom=class_count.whom(inputs),
            approaches=comparison.approaches(inputs),
            unknowns=open_set.unknowns(inputs),
            examples=examples.examples(inputs, look.examples, size),
            mistakes=label_issues.mistakes(inputs, made.unknown_label, look.doubts, size),
            submission=provenance.submission(inputs),
        )
    )
    return text.strip() + "\n"


@cache
def environment() -> Environment:
    """Jinja with escaping on, undefined names an error, and the page's way with numbers."""
    made = Environment(
        loader=templates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=formatting.count,
        score=formatting.score,
        gain=formatting.gain,
        digits=formatting.digits,
        spoken=formatting.spoken,
        approach=glossary.approach,
        scorer=glossary.scorer,
        ended=formatting.ended,
        sentence=formatting.sentence,
        capital=formatting.capital,
        plain=markdown_safe,
    )
    made.globals.update(
        span=formatting.span,
        times=formatting.times,
        percent=formatting.percent,
        gain_form=formatting.gain,
        ENOUGH=formatting.ENOUGH,
    )
    return made


def templates() -> ChoiceLoader:
    """The page's templates, and each section's beside its module."""
    return ChoiceLoader([PackageLoader("longtail.reporting", folder) for folder in ("templates", "sections")])


def markdown_safe(text: Any) -> str:
    """Foreign text as Markdown shows it: no markup, no HTML, one line."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!" else sign for sign in flat)
