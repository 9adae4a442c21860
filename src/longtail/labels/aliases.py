"""Former names of individuals: what rows `merge` and `rename` of edits.csv say, followed to the present name.

An individual has one present name and any number of former ones. Every screen that takes a name, or shows one of an
earlier run, resolves it by `present_names`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from longtail.labels.edit_log import in_force, rows_of

MERGE, RENAME = "merge", "rename"
ABOUT_INDIVIDUALS = (MERGE, RENAME)
"""Actions about an individual: the column `image` names it, as `identity:NAME`, and the value is another name."""
_PREFIX = "identity:"


def identity_cell(name: str) -> str:
    """What the column `image` has for an individual."""
    return _PREFIX + name


def identity_in(cell: str) -> str:
    """The individual that a cell of the column `image` names; `""` if it names none."""
    return cell.removeprefix(_PREFIX) if cell.startswith(_PREFIX) else ""


def present_names(steps: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Follow names to the present ones.

    Args:
        steps: (former name, the name that replaced it), in any order.

    Returns:
        {former name: present name}; without names that lead back to themselves.
    """
    following = dict(steps)
    names = {}
    for former in following:
        name, passed = former, set[str]()
        while name in following and name not in passed:
            passed.add(name)
            name = following[name]
        if name not in passed:
            names[former] = name
    return names


def steps_of(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """(former name, the name that replaced it) of the rows `merge` and `rename` that hold, in the order of the file."""
    held = (rows[row] for row in in_force(rows))
    return [(identity_in(cells[0]), cells[2]) for cells in held if cells[1] in ABOUT_INDIVIDUALS]


def read(edits: Path) -> dict[str, str]:
    """{former name: present name} of edits.csv; whether its rows are right is for `splitting/edits.py` to say."""
    return present_names(steps_of(rows_of(edits)))


def former_names(names: Mapping[str, str]) -> dict[str, list[str]]:
    """The former names of each individual.

    Args:
        names: {former name: present name}.

    Returns:
        {present name: former names, sorted}.
    """
    former = defaultdict(list)
    for name in sorted(names):
        former[names[name]].append(name)
    return dict(former)
