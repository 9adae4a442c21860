"""The templates' Jinja environment: escaping on, and numbers as the pages write them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from longtail.reporting import formatting, glossary


@cache
def environment() -> Environment:
    """Escaping on, undefined names an error; templates come from `templates/` and `sections/`."""
    jinja = Environment(
        loader=ChoiceLoader([PackageLoader("longtail.reporting", folder) for folder in ("templates", "sections")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(
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
    jinja.globals.update(
        span=formatting.span,
        times=formatting.times,
        percent=formatting.percent,
        gain_form=formatting.gain,
        ENOUGH=formatting.ENOUGH,
    )
    return jinja


def markdown_safe(text: Any) -> str:
    """Foreign text as Markdown shows it: no markup, no HTML, one line."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!" else sign for sign in flat)
