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
        signed=formatting.signed,
        significant=formatting.significant,
        display_name=formatting.display_name,
        strategy=glossary.strategy,
        classifier=glossary.classifier,
        full_stop=formatting.full_stop,
        sentence=formatting.sentence,
        capitalise=formatting.capitalise,
        plain=markdown_safe,
    )
    jinja.globals.update(
        interval=formatting.interval,
        quantity=formatting.quantity,
        percent=formatting.percent,
        signed=formatting.signed,
        MIN_PHOTOGRAPHS=formatting.MIN_PHOTOGRAPHS,
    )
    return jinja


def markdown_safe(text: Any) -> str:
    """Foreign text as Markdown shows it: no markup, no HTML, one line."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#!" else sign for sign in flat)
