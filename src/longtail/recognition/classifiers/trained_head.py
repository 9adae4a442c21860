"""The network's own head on the embeddings, as `train` left it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from longtail.recognition.classifiers.base import Head
from longtail.recognition.embeddings import Floats

AS_TRAINED = "as_trained"
"""Its approach: whatever `train` learned from."""


@dataclass(frozen=True)
class NetworkHead:
    """`head.safetensors` with what `model.json` tells of it."""

    head: Head
    classes: Sequence[str]
    card: dict[str, Any]

    def images(self, plan: pd.DataFrame) -> tuple[int, int]:
        """Images of an epoch, mirror images aside, and how many of them `plan` added to the photographs."""
        rows = int(self.card["images_per_epoch"]) // (2 if self.card.get("mirror_as_identity") else 1)
        if self.card["images"] != "augmented":
            return rows, 0
        learned = plan[plan["identity"].isin(set(self.classes))]
        return rows, int(learned["repeats"].sum()) - learned["image"].nunique()

    def rows_of(self, identities: Sequence[str], *, mirrored: bool = False) -> tuple[Floats, Floats]:
        """Weight (identities, d) and bias in another order; zeros for an identity it does not know.

        With `mirrored` those of the identities' mirror images, which a head that reads each has too.
        """
        first = len(self.classes) if mirrored else 0
        place = {name: first + row for row, name in enumerate(self.classes)}
        weight = np.zeros((len(identities), self.head.weight.shape[1]), dtype=np.float32)
        bias = np.zeros(len(identities), dtype=np.float32)
        for number, name in enumerate(identities):
            if name in place:
                weight[number], bias[number] = self.head.weight[place[name]], self.head.bias[place[name]]
        return weight, bias


def read_network_head(head: Path, card: Path) -> NetworkHead:
    """The trained head, from `train`'s two files."""
    tensors = load_file(head)
    told = json.loads(card.read_text("utf-8"))
    weight = tensors["weight"]
    bias = tensors.get("bias", np.zeros(len(weight), dtype=np.float32))
    form = "cosine" if told["head"] == "arcface" else "softmax"
    reads = "each" if told.get("mirror_as_identity") else "plain"
    return NetworkHead(Head(weight, bias, form, reads), told["classes"], told)  # type: ignore[arg-type]
