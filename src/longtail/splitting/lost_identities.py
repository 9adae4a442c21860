"""Identities without a usable photograph: nothing can be learned about them, and no prediction names them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from longtail.labels.label_csv import UNKNOWN
from longtail.splitting.edits import Edits


class LostIdentity(NamedTuple):
    """An identity without photographs, and what became of those that were labelled with it."""

    identity: str
    why: str

    def __str__(self) -> str:
        return f"{self.identity} ({self.why})"


def find_lost(labelled: pd.DataFrame, photographs: pd.DataFrame, edits: Edits) -> list[LostIdentity]:
    """The identities of train.csv that no photograph in use has any more, by name; a former name is not lost.

    Args:
        labelled: all labelled photographs: image, label, error.
        photographs: those that were grouped: image, identity, conflict.
        edits: the team's decisions.

    Returns:
        The identities, each with the reason.
    """
    in_use = set(photographs.loc[~photographs["conflict"], "identity"])
    present = labelled["label"].map(lambda name: edits.present.get(name, name))
    gone = labelled[(labelled["label"] != UNKNOWN) & ~present.isin(in_use)]
    identities = []
    for identity, of_it in gone.groupby("label", sort=True):
        named = zip(of_it["image"].tolist(), of_it["error"].tolist(), strict=True)
        reasons = pd.Series([_reason(image, error, edits) for image, error in named])
        counts = reasons.value_counts().sort_index()
        identities.append(
            LostIdentity(str(identity), ", ".join(f"{count:,} {reason}" for reason, count in counts.items()))
        )
    return identities


def _reason(image: str, error: str, edits: Edits) -> str:
    if error:
        return "unreadable"
    if image in edits.drop:
        return "dropped"
    return "relabelled" if image in edits.relabel or image in edits.named else "in conflict with another identity"
