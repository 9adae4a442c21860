"""One self-contained HTML page, and the model card: equal inputs give equal bytes.

Nothing is fetched: style, charts and pictures stand in the file, and its content security policy forbids the rest.
Labels and file names are foreign text; Jinja escapes every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from longtail.reporting import (
    approaches,
    dataset,
    examples,
    headline,
    learning,
    mistakes,
    provenance,
    recipe,
    scores,
    unknowns,
    vocabulary,
    whom,
    words,
)
from longtail.reporting.inputs import Inputs

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
            headline=headline.headline(inputs),
            counts=dataset.class_counts(inputs),
            wall=dataset.wall(inputs, look.wall, size, seed),
            findings=dataset.findings(inputs, look.pairs, size, seed),
            balancing=learning.balancing(inputs, size, seed),
            learning_rate=learning.learning_rate(inputs),
            history=learning.history(inputs),
            recipe=recipe.recipe(inputs.model, made.raw.get("train") or {}),
            network=provenance.training_facts(inputs.model),
            scorecard=scores.scorecard(inputs),
            recall=scores.recall(inputs),
            whom=whom.whom(inputs),
            approaches=approaches.approaches(inputs),
            unknowns=unknowns.unknowns(inputs),
            examples=examples.examples(inputs, look.examples, size),
            mistakes=mistakes.mistakes(inputs, made.unknown_label, look.doubts, size),
            submission=provenance.submission(inputs),
        )
    )
    return text.strip() + "\n"


@cache
def environment() -> Environment:
    """Jinja with escaping on, undefined names an error, and the page's way with numbers."""
    made = Environment(
        loader=PackageLoader("longtail.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=words.count,
        score=words.score,
        gain=words.gain,
        digits=words.digits,
        spoken=words.spoken,
        approach=vocabulary.approach,
        scorer=vocabulary.scorer,
        ended=words.ended,
        sentence=words.sentence,
        capital=words.capital,
        plain=markdown_safe,
    )
    made.globals.update(
        span=words.span, times=words.times, percent=words.percent, gain_form=words.gain, ENOUGH=words.ENOUGH
    )
    return made


def markdown_safe(text: Any) -> str:
    """Foreign text as Markdown shows it: no markup, no HTML, one line."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!" else sign for sign in flat)
