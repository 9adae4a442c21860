"""One self-contained HTML page, and the model card: equal inputs give equal bytes.

Nothing is fetched: style, charts and pictures stand in the file, and its content security policy forbids the rest.
Labels and file names are foreign text; Jinja escapes every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from longtail.reporting import dataset, examples, headline, learning, provenance, scores, words
from longtail.reporting.inputs import Inputs

SECTIONS = (
    ("summary", "Summary"),
    ("data", "The data"),
    ("checks", "What the checks found"),
    ("balancing", "Balancing"),
    ("training", "Training"),
    ("scores", "Scores by class count"),
    ("approaches", "Approaches compared"),
    ("examples", "Best and worst answers"),
    ("submission", "The submission"),
    ("provenance", "How it was made"),
)


@dataclass(frozen=True)
class Look:
    """How much the page shows; sizes in px."""

    wall: int
    pairs: int
    examples: int
    picture_size: int
    seed: int


@dataclass(frozen=True)
class Made:
    """What the page was made from, beside its inputs."""

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
            network=provenance.training_facts(inputs.model),
            scorecard=scores.scorecard(inputs),
            approaches=scores.approaches(inputs),
            examples=examples.examples(inputs, look.examples, size),
            submission=provenance.submission(inputs),
        )
    )
    return text.strip() + "\n"


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
        approach=words.approach,
        ended=words.ended,
        sentence=words.sentence,
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
