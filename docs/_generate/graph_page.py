"""The reference of the graph: what each stage reads and writes."""

from __future__ import annotations

from pathlib import Path

from docs._generate.graph import Run, runs
from docs._generate.markdown import code
from longtail import stages

INTRO = """# The stages

What each stage of `dvc.yaml` reads and writes. A stage runs again when one of its inputs, its code or its parameters
has changed. The columns of the tables: [Files and columns](files.md).

![The stages and the order in which they run](../images/stages.svg)

An arrow leads from a stage to one that reads what it wrote. Arrows that follow from others are left out: `report`, for
example, reads from nearly all of them. `dvc dag --md` prints the complete graph as Mermaid.
"""


def page(root: Path) -> str:
    """The page, a section a stage.

    Args:
        root: The project's root.

    Returns:
        The page as Markdown.
    """
    by_stage: dict[str, list[Run]] = {}
    for run in runs(root):
        by_stage.setdefault(run.name.partition("@")[0], []).append(run)
    return "\n".join([INTRO, *(_section(name, group) for name, group in by_stage.items())])


def _section(name: str, group: list[Run]) -> str:
    first = group[0]
    parts = [run.name.partition("@")[2] for run in group]
    lines = [f"## {name}\n", f"{stages.headline(name)}\n"]
    if len(group) > 1:
        choices = ", ".join(code(f"longtail {name} --part {part}") for part in parts)
        lines.append(f"It runs once for each part: {choices}.\n")
    lines.append(f"- Parameters: {_listed(first.params)}")
    lines.append(f"- Code: {_listed(first.code)}")
    for run in group:
        of_part = f" (`{run.name}`)" if len(group) > 1 else ""
        lines += [f"- Reads{of_part}: {_listed(run.reads)}", f"- Writes{of_part}: {_listed(run.writes)}"]
    return "\n".join(lines) + "\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(code(name) for name in names) or "nothing"
