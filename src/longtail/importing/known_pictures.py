"""New photographs whose bytes a set has already, under another name: of the same individual, or of another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from longtail.errors import format_examples
from longtail.importing.members import Member
from longtail.importing.plan import Plan
from longtail.labels.label_csv import photographs

_CHUNK = 1 << 20


def notes(new: Plan, labels: Mapping[str, str], folder: Path) -> list[str]:
    """Notes on photographs that the set has under another name.

    Args:
        new: the photographs and rows that join.
        labels: {image: individual} of the set.
        folder: its labelled photographs.

    Returns:
        A note on those of the same individual and one on those of another one, where there are any.
    """
    renamed = _renamed(new.train, folder)
    if not renamed:
        return []
    now, before = _individuals_now(new), _individuals_before(labels, folder)
    other = {name: own for name, own in renamed.items() if not now[name] & before[own]}
    same = [f"{name} as {own}" for name, own in renamed.items() if name not in other]
    lines = []
    if same:
        what = f"photographs that the set has under another name too: {len(same):,} ({format_examples(same)})"
        lines.append(f"{what}; audit groups them")
    if other:
        pairs = [
            f"{name} of {_either(now[name])}, there {own} of {_either(before[own])}" for name, own in other.items()
        ]
        what = f"photographs that the set has under another name and of another INDIVIDUAL: {len(other):,}"
        lines.append(f"{what} ({format_examples(pairs)}); one label is wrong, and audit lists a conflict")
    return lines


def is_same(file: Member, path: Path) -> bool:
    """Whether a file of a source has the bytes of another one.

    Args:
        file: of the source.
        path: the other one.

    Returns:
        True where they are equal; sizes are compared first.
    """
    if file.size != path.stat().st_size:
        return False
    with file.open() as one, path.open("rb") as other:
        while chunk := one.read(_CHUNK):
            if chunk != other.read(len(chunk)):
                return False
    return True


def _renamed(files: Mapping[str, Member], folder: Path) -> dict[str, str]:
    """{name: name in the set} of photographs whose bytes the set has; sizes are compared first."""
    by_size: dict[int, list[str]] = defaultdict(list)
    for name in photographs(folder):
        by_size[(folder / name).stat().st_size].append(name)
    same = {
        name: next((own for own in by_size.get(file.size, []) if is_same(file, folder / own)), "")
        for name, file in files.items()
    }
    return {name: own for name, own in same.items() if own}


def _individuals_now(new: Plan) -> defaultdict[str, set[str]]:
    """{photograph: its individuals}; several rows may be boxes of one photograph."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for image, label, *_ in new.rows:
        named[new.file_of(image)].add(label)
    return named


def _individuals_before(labels: Mapping[str, str], folder: Path) -> defaultdict[str, set[str]]:
    files = set(photographs(folder))
    named: defaultdict[str, set[str]] = defaultdict(set)
    for image, label in labels.items():
        named[image if image in files else image.rpartition("#")[0]].add(label)
    return named


def _either(names: set[str]) -> str:
    return " and ".join(sorted(map(repr, names))) or "nobody"
