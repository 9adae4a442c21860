"""edits.csv: the decisions of the team about the data, read strictly.

`relabel` gives an image another identity, `drop` takes it out, `together` keeps two images in one fold, `apart` says
that two images do not show the same picture (they stay in one fold where the pixels say otherwise, see `groups`).
`keep` and `unsure` answer a finding and change nothing: their value names it, so that it is not asked again. `who`,
`when` and `why` are for people.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from longtail.csv_reader import read_table
from longtail.errors import BadInput, Problem
from longtail.labels.decisions import ABOUT_FINDINGS, COLUMNS, PAIRED
from longtail.labels.label_csv import UNKNOWN

ACTIONS = ("relabel", "drop", "together", "apart", *ABOUT_FINDINGS)
_FINDING = re.compile(r"\S+ [0-9a-f]{8}")


class Edit(NamedTuple):
    """One decision, and the row of edits.csv it stands in (the header is row 1)."""

    row: int
    image: str
    action: str
    value: str


class Pair(NamedTuple):
    """Two images, in the order of their names, and the row that speaks of them."""

    first: str
    second: str
    row: int


@dataclass(frozen=True)
class Edits:
    """The decisions by kind."""

    relabel: dict[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()


def read_edits(path: Path, labels: dict[str, str], unknown_label: str) -> Edits:
    """The decisions of edits.csv.

    Args:
        path: the file; a header alone means no decisions.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".

    Returns:
        The decisions by kind.

    Raises:
        BadInput: not UTF-8, wrong header, unknown action or image, a value that the action cannot use, decisions that
            contradict each other; all problems are reported at once.
    """
    edits = [Edit(record.row, *record.cells[:3]) for record in read_table(path, COLUMNS)]
    problems = _problems(edits, labels, unknown_label, path.name)
    if problems:
        raise BadInput(*problems)
    return Edits(
        relabel={e.image: UNKNOWN if e.value == unknown_label else e.value for e in edits if e.action == "relabel"},
        drop=frozenset(e.image for e in edits if e.action == "drop"),
        together=_pairs(edits, "together"),
        apart=_pairs(edits, "apart"),
    )


def name_by_species(edits: Edits, labelled: pd.DataFrame) -> Edits:
    """The decisions, where a name that several species have is given as it stands in train.csv.

    Args:
        edits: as from `read_edits`.
        labelled: `prepare`'s table: image, label; written and species, where the data has species.

    Returns:
        `edits` with the identity of the photograph's own species.
    """
    if "written" not in labelled:
        return edits
    shared = labelled[(labelled["written"] != labelled["label"]) & (labelled["label"] != UNKNOWN)]
    identity = dict(zip(zip(shared["written"], shared["species"], strict=True), shared["label"], strict=True))
    species = dict(zip(labelled["image"], labelled["species"], strict=True))
    relabel = {image: identity.get((value, species[image]), value) for image, value in edits.relabel.items()}
    return replace(edits, relabel=relabel)


def _pairs(edits: list[Edit], action: str) -> tuple[Pair, ...]:
    return tuple(Pair(min(e.image, e.value), max(e.image, e.value), e.row) for e in edits if e.action == action)


def _problems(edits: list[Edit], labels: dict[str, str], unknown_label: str, file: str) -> list[Problem]:
    """Everything that is wrong with the decisions, a problem a kind."""
    names = set(labels.values())
    checks: list[tuple[str, str, Callable[[Edit], bool], Callable[[Edit], str]]] = [
        ("unknown action", f"The actions are {', '.join(ACTIONS)}.", lambda e: e.action not in ACTIONS, _action),
        (
            "image that is not labelled",
            "Mend the name or delete the row.",
            lambda e: e.image not in labels and e.action not in ABOUT_FINDINGS,
            _image,
        ),
        (
            "value that is not a labelled image",
            "`together` and `apart` name the other image.",
            lambda e: e.action in PAIRED and e.value not in labels,
            _value,
        ),
        (
            "image paired with itself",
            "Name the other image.",
            lambda e: e.action in PAIRED and e.value == e.image,
            _value,
        ),
        (
            "`relabel` without an identity",
            f"Write the identity, or '{unknown_label}'." if unknown_label else "Write the identity.",
            lambda e: e.action == "relabel" and not e.value.strip(),
            _image,
        ),
        (
            "`relabel` to a new identity with spaces",
            "A submission separates its candidates by spaces: write the identity without.",
            lambda e: e.action == "relabel" and len(e.value.split()) > 0 and e.value not in names and _spaced(e.value),
            _value,
        ),
        (
            "`keep` or `unsure` that names no finding",
            "The value is a kind and a name, as `longtail review --reject` writes them: near_duplicate 3f2a09bc",
            lambda e: e.action in ABOUT_FINDINGS and not _FINDING.fullmatch(e.value),
            _value,
        ),
        ("`drop` with a value", "Leave the value empty.", lambda e: e.action == "drop" and e.value != "", _value),
    ]
    problems = []
    for what, remedy, is_wrong, example_of in checks:
        wrong = [edit for edit in edits if is_wrong(edit)]
        if wrong:
            where = f"{file}, row {wrong[0].row}"
            problems.append(Problem(what, remedy, where=where, count=len(wrong), example=example_of(wrong[0])))
    return problems + _contradictions(edits, file)


def _contradictions(edits: list[Edit], file: str) -> list[Problem]:
    """Images with two identities, and pairs that are both together and apart."""
    identities, wishes = defaultdict(list), defaultdict(list)
    for edit in edits:
        if edit.action == "relabel":
            identities[edit.image].append((edit.value, edit.row))
        elif edit.action in PAIRED:
            wishes[" and ".join(sorted((edit.image, edit.value)))].append((edit.action, edit.row))
    problems = []
    for what, decisions in (("image relabelled twice", identities), ("pair both together and apart", wishes)):
        conflicting = {about: values for about, values in decisions.items() if len({value for value, _ in values}) > 1}
        if conflicting:
            about, values = next(iter(conflicting.items()))
            rows = " and ".join(str(row) for _, row in values)
            remedy = "Keep the decision that holds and delete the other."
            problems.append(Problem(what, remedy, where=f"{file}, rows {rows}", count=len(conflicting), example=about))
    return problems


def _spaced(value: str) -> bool:
    return any(letter.isspace() for letter in value)


def _action(edit: Edit) -> str:
    return edit.action or "(blank)"


def _image(edit: Edit) -> str:
    return edit.image or "(blank)"


def _value(edit: Edit) -> str:
    return f"{edit.image}, {edit.value or '(blank)'}"
