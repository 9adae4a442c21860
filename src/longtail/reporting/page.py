"""One self-contained HTML page; equal inputs give equal bytes.

Nothing is fetched: style, charts and pictures are in the file, and its content security policy forbids the rest.
Labels and file names are foreign text; Jinja escapes every one of them.
"""

from __future__ import annotations

from types import ModuleType

from markupsafe import Markup

from longtail.reporting.context import ReportContext
from longtail.reporting.jinja_environment import environment
from longtail.reporting.sections import (
    balancing,
    checks,
    class_count,
    comparison,
    data,
    discover,
    examples,
    label_issues,
    last_seen,
    open_set,
    provenance,
    scores,
    submission,
    summary,
    training,
)

SECTIONS: tuple[ModuleType, ...] = (
    summary,
    data,
    checks,
    balancing,
    training,
    scores,
    class_count,
    comparison,
    last_seen,
    open_set,
    examples,
    label_issues,
    discover,
    submission,
    provenance,
)
"""The sections in the order of the page. Each has a `TITLE`, a function `section(context) -> dict` and a template of
the module's name, which is the section's id in the page too."""


def names() -> tuple[str, ...]:
    """Names of the sections, in the order of the page."""
    return tuple(module.__name__.rpartition(".")[2] for module in SECTIONS)


def render(context: ReportContext) -> str:
    """The page as HTML."""
    jinja = environment()
    sections = []
    values = {name: module.section(context) for name, module in zip(names(), SECTIONS, strict=True)}
    for name, module in zip(names(), SECTIONS, strict=True):
        html = jinja.get_template(f"{name}.html.j2").render(
            **values[name], unknown_label=context.source.unknown_label or "unknown"
        )
        sections.append({"name": name, "title": module.TITLE, "html": Markup(html)})  # noqa: S704, escaped by Jinja
    title = values["summary"]["title"]
    return jinja.get_template("page.html.j2").render(title=title, sections=sections).strip() + "\n"
