"""The table of findings, a row a finding, from whichever stage.

Every value is text; UNKNOWN labels are `""`; `proposal` is an action of edits.csv, or `""`. `finding` names a row by
the question it asks: its kind, the md5 of the photographs and the labels in question. So a decision about it holds
whatever the network, the similarity and the order of the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import pandas as pd

COLUMNS = (
    "finding", "kind", "severity", "image", "other", "label", "other_label", "row", "distance", "detail", "proposal",
)  # fmt: skip


class Question(NamedTuple):
    """What a kind of finding asks about.

    photographs: `pair` (image and other), `image` (the other one is an example of a name), `none` (both are examples).
    labels: `both` in either order, `change` from label to other_label, `own` (label alone), `none`.
    """

    photographs: Literal["pair", "image", "none"]
    labels: Literal["both", "change", "own", "none"]


QUESTIONS: Mapping[str, Question] = {
    "exact_duplicate": Question("pair", "none"),
    "near_duplicate": Question("pair", "none"),
    "conflict": Question("pair", "both"),
    "named_and_unknown": Question("pair", "both"),
    "side_conflict": Question("pair", "none"),
    "species_conflict": Question("pair", "none"),
    "mirrored_duplicate": Question("pair", "none"),
    "edit_without_effect": Question("pair", "none"),
    "broken": Question("image", "none"),
    "grey": Question("image", "none"),
    "tinted": Question("image", "none"),
    "odd_size": Question("image", "none"),
    "likely_label_error": Question("image", "change"),
    "doubtful_label": Question("image", "own"),
    "confident_mistake": Question("image", "change"),
    "confusion": Question("none", "both"),
    "new_individual": Question("image", "change"),
}
"""Kind -> what it asks about."""
ALL = Question("pair", "change")
"""What any other kind asks about: all that its row names."""


def findings_table(rows: Sequence[dict[str, str]], md5: Mapping[str, str], *, ranked: bool = False) -> pd.DataFrame:
    """`rows` as findings.csv has them: warnings first, then by kind, each with its name.

    Args:
        rows: the findings, without their names.
        md5: of each photograph, by image; one that is missing is known by its name.
        ranked: within a kind the rows come with the most striking first, and stay so; else they are sorted by image.

    Returns:
        COLUMNS, a row a finding.
    """
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    by = ["first", "kind"] if ranked else ["first", "kind", "image", "other", "detail"]
    warnings_first = table["severity"].map({"warning": 0, "info": 1})
    order = table.assign(first=warnings_first).sort_values(by, kind="stable")
    table = order.drop(columns="first").reset_index(drop=True)
    return table.assign(finding=_names(table, md5))


def _names(table: pd.DataFrame, md5: Mapping[str, str]) -> list[str]:
    """8 hex digits of what each finding asks."""
    taken: set[str] = set()
    names = []
    for kind, image, other, label, other_label in table[["kind", "image", "other", "label", "other_label"]].itertuples(
        index=False
    ):
        text = _question(kind, md5.get(image, image), md5.get(other, other), label, other_label)
        name = _digits(text)
        if name in taken:  # three files of one content make two pairs of equal bytes
            text += f"\0{image}\0{other}"
            name = _digits(text)
        while name in taken:  # once in thousands of millions of pairs
            text += "\0"
            name = _digits(text)
        taken.add(name)
        names.append(name)
    return names


def name_of(kind: str, md5: str, other_md5: str, label: str, other_label: str) -> str:
    """The name of the finding that asks this, where no other one asks the same.

    Args:
        kind: of the finding.
        md5: of its photograph.
        other_md5: of the other one; `""` for none.
        label: of its photograph.
        other_label: of the other one, or the one that is proposed.

    Returns:
        8 hex digits.
    """
    return _digits(_question(kind, md5, other_md5, label, other_label))


def _question(kind: str, md5: str, other_md5: str, label: str, other_label: str) -> str:
    asks = QUESTIONS.get(kind, ALL)
    return "\0".join([kind, *_photographs(asks, md5, other_md5), *_labels(asks, label, other_label)])


def _photographs(asks: Question, image: str, other: str) -> list[str]:
    return {"pair": sorted((image, other)), "image": [image], "none": []}[asks.photographs]


def _labels(asks: Question, label: str, other: str) -> list[str]:
    return {"both": sorted((label, other)), "change": [label, other], "own": [label], "none": []}[asks.labels]


def _digits(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
