"""The network's own head on the embeddings, as `train` left it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.numpy import load_file

from longtail.scoring.candidates import Scorer
from longtail.scoring.folds import numbers_of
from longtail.scoring.scorers import Head, linear

AS_TRAINED = "as_trained"
"""Its approach: whatever `train` learned from."""


@dataclass(frozen=True)
class NetworkHead:
    """`head.safetensors` with what `model.json` tells of it."""

    head: Head
    classes: Sequence[str]
    card: dict[str, Any]

    def scorer(self, identities: Sequence[str]) -> Scorer:
        """Softmax probabilities over `identities`; -inf for one that the network was not trained on."""
        columns = numbers_of(pd.Series(self.classes, dtype="str"), identities)
        return linear(self.head, columns, len(identities))

    def images(self, plan: pd.DataFrame) -> tuple[int, int]:
        """Images of an epoch, and how many of them `plan` added to the photographs."""
        rows = int(self.card["images_per_epoch"])
        if self.card["images"] != "augmented":
            return rows, 0
        return rows, int(plan["times"].sum()) - plan["image"].nunique()


def read_network_head(head: Path, card: Path) -> NetworkHead:
    """The trained head, from `train`'s two files."""
    tensors = load_file(head)
    told = json.loads(card.read_text("utf-8"))
    return NetworkHead(Head(tensors["weight"], tensors["bias"], on_normalised=False), told["classes"], told)
