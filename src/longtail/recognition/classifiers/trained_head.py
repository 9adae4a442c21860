"""The network's own head, as `train` left it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from longtail.metrics.network_choice import PRETRAINED, TRAINED, Used
from longtail.recognition.classifiers.base import Head
from longtail.recognition.classifiers.class_mean import class_means
from longtail.recognition.embeddings import Floats, PairedEmbeddings, concat_views
from longtail.recognition.training_set import TrainingSet

AS_TRAINED = "as_trained"
"""Its strategy: whatever `train` used."""
NO_HEAD = "none"
"""What model.json calls the head of a backbone that was not trained."""


@dataclass(frozen=True)
class TrainedHead:
    """`head.safetensors`, with the contents of `model.json`."""

    head: Head
    classes: Sequence[str]
    card: dict[str, Any]
    networks: int = 1
    """Side by side, of which it reads the first: each gives an equal part of an embedding's length."""

    def epoch_size(self, plan: pd.DataFrame) -> tuple[int, int]:
        """Training images of an epoch, mirror images aside, and how many of them `plan` added to the photographs."""
        rows = int(self.card["images_per_epoch"]) // (2 if self.card.get("mirror_as_identity") else 1)
        if self.card["images"] != "augmented":
            return rows, 0
        used = plan[plan["identity"].isin(set(self.classes))]
        return rows, int(used["repeats"].sum()) - used["image"].nunique()

    def weights_for(self, identities: Sequence[str], *, mirrored: bool = False) -> tuple[Floats, Floats]:
        """Weight and bias of some identities, in their order.

        Args:
            identities: their names.
            mirrored: those of the mirrored classes, which a head that reads "each" has too.

        Returns:
            Weight (identities, d) and bias (identities,); zeros for an identity that the network does not know.
        """
        first = len(self.classes) if mirrored else 0
        row_of = {name: first + row for row, name in enumerate(self.classes)}
        weight = np.zeros((len(identities), self.head.weight.shape[1]), dtype=np.float32)
        bias = np.zeros(len(identities), dtype=np.float32)
        for number, name in enumerate(identities):
            if name in row_of:
                weight[number], bias[number] = self.head.weight[row_of[name]], self.head.bias[row_of[name]]
        return weight, bias


def read_trained_head(head: Path, card: Path) -> TrainedHead | None:
    """Read the head that `train` wrote.

    Args:
        head: `head.safetensors`.
        card: `model.json`.

    Returns:
        The head with its classes; None where the backbone was not trained.
    """
    model = json.loads(card.read_text("utf-8"))
    if model["head"] == NO_HEAD:
        return None
    tensors = load_file(head)
    weight = tensors["weight"]
    bias = tensors.get("bias", np.zeros(len(weight), dtype=np.float32))
    form = "cosine" if model["head"] == "arcface" else "softmax"
    reads = "each" if model.get("mirror_as_identity") else "plain"
    layer = Head(weight, bias, form, reads)  # type: ignore[arg-type]
    return TrainedHead(layer, model["classes"], model, model.get("networks", 1))


def among(head: TrainedHead | None, used: Used) -> TrainedHead | None:
    """The trained network's own head, where some networks of the run are read.

    Args:
        head: as from `read_trained_head`.
        used: which networks.

    Returns:
        The head; None where the pretrained network stands alone.
    """
    if head is None or used == PRETRAINED:
        return None
    return head if used == TRAINED else replace(head, networks=head.networks + 1)


def class_directions(network: TrainedHead, training_set: TrainingSet) -> Floats:
    """The network's own class directions, on photograph and mirror image side by side.

    Args:
        network: its head.
        training_set: the identities, and their photographs.

    Returns:
        (identities, 2d); the class mean for an identity that the network does not know, and in the columns of other
        networks, where several are side by side.
    """
    plain, _ = network.weights_for(training_set.identities)
    reads_each = network.head.reads == "each"
    mirrored = network.weights_for(training_set.identities, mirrored=True)[0] if reads_each else plain
    fallback = class_means(training_set.vectors, training_set.photographs.identity, len(training_set.identities))
    known = np.abs(plain).sum(axis=1) > 0
    directions = concat_views(PairedEmbeddings(plain, mirrored))
    if (width := plain.shape[1]) < (half := fallback.shape[1] // 2):
        joined, share = fallback.copy(), np.float32((1 / network.networks) ** 0.5)
        joined[:, :width] = directions[:, :width] * share
        joined[:, half : half + width] = directions[:, width:] * share
        directions = joined
    return np.where(known[:, None], directions, fallback)
