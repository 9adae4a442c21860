"""Errors of the kinds that happen, planted into a label table; and whom the photographs of a sample truly show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from longtail.labels.label_csv import UNKNOWN
from longtail.synthetic import plan as drawing

KINDS = ("swapped", "look_alike", "new_as_known")
"""Two photographs with each other's label; one under the label of whom it resembles; an unknown one under a name."""


@dataclass(frozen=True)
class Planted:
    """One photograph that got a wrong label."""

    image: str
    kind: str
    was: str
    now: str


def plant(labels: pd.Series, share: float, resembles: pd.Series, rng: np.random.Generator) -> list[Planted]:
    """Wrong labels for `share` of the photographs, a third of each kind, no photograph twice.

    Args:
        labels: label of each photograph, by image; UNKNOWN says "none of the known".
        share: of all photographs.
        resembles: label of the most similar photograph of another identity, by image, for the named ones.
        rng: draws.
    """
    each = max(1, round(share * len(labels) / len(KINDS)))
    named = labels[labels != UNKNOWN]
    strangers = labels[labels == UNKNOWN]
    order = rng.permutation(len(named))
    shuffled = named.iloc[order]
    swapped = _swapped(shuffled.iloc[: 3 * each], each)
    taken = {one.image for one in swapped}
    rest = shuffled[~shuffled.index.isin(taken)]
    look_alike = [
        Planted(image, "look_alike", label, resembles[image])
        for image, label in rest.items()
        if resembles.get(image, label) not in (label, UNKNOWN)
    ][:each]
    new = strangers.iloc[rng.permutation(len(strangers))[:each]]
    names = np.asarray(named, object)[rng.integers(len(named), size=len(new))]  # much photographed ones more often
    return [
        *swapped,
        *look_alike,
        *(Planted(str(image), "new_as_known", UNKNOWN, name) for image, name in zip(new.index, names, strict=True)),
    ]


def _swapped(shuffled: pd.Series, each: int) -> list[Planted]:
    """Pairs of photographs of two identities, `each` photographs in all (one more where that is odd)."""
    planted: list[Planted] = []
    waiting = list(shuffled.items())
    while len(planted) < each and len(waiting) > 1:
        image, label = waiting.pop(0)
        at = next((index for index, (_, other) in enumerate(waiting) if other != label), None)
        if at is None:
            break
        other_image, other_label = waiting.pop(at)
        planted.append(Planted(image, "swapped", label, other_label))
        planted.append(Planted(other_image, "swapped", other_label, label))
    return planted


def with_errors(labels: pd.Series, planted: Sequence[Planted]) -> pd.Series:
    """`labels` with the wrong ones in their place."""
    wrong = {one.image: one.now for one in planted}
    return pd.Series([wrong.get(image, label) for image, label in labels.items()], labels.index, dtype="str")


def truth(plan: drawing.Plan) -> pd.DataFrame:
    """Of a drawn sample, by image: `label` (the right one) and `picture`, equal for the files of one drawing."""
    rows = [
        (shot.name, plan.truth(shot).replace(drawing.UNKNOWN, UNKNOWN), f"{shot.whale}/{shot.photograph}")
        for shot in plan.labelled
    ]
    return pd.DataFrame(rows, columns=["image", "label", "picture"]).set_index("image")
