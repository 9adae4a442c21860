"""One training, from the tables to a network: of the train fold, which is scored, or of every fold, which is not."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from longtail.errors import counted
from longtail.metrics.learning import TrainAccuracy, chance_of
from longtail.paths import CHECKPOINTS
from longtail.training import (
    augmenting,
    backbones,
    checkpoint,
    dataloaders,
    datasets,
    device,
    epoch_checkpoint,
    heads,
    learner,
    relu6,
    train_rows,
    trainer,
    training_key,
)

_LOG = logging.getLogger(__name__)

SCORED, ALL_FOLDS = "train", "all"
"""The network of the train fold, and that of every fold: values of `train.fold`, and names of their checkpoints."""
_FOLDS = {SCORED: train_rows.TRAIN_FOLD, ALL_FOLDS: train_rows.EVERY_FOLD}


@dataclass(frozen=True)
class Tables:
    """What a training is told by the earlier stages."""

    split: pd.DataFrame
    labelled: pd.DataFrame
    plan: pd.DataFrame
    folders: Mapping[str, Path]
    """Of the images, by `folder` of the plan."""


@dataclass(frozen=True)
class Trained:
    """A network that has learned, and the facts about how."""

    network: heads.Network
    card: checkpoint.Card
    outcome: trainer.TrainResult
    accuracy: TrainAccuracy
    learned: pd.DataFrame
    """The rows of the train set (`train_rows`)."""
    images_per_epoch: int
    validated: int
    """Photographs of valid that the epochs were watched on; 0 where every fold is learned."""
    excluded: int
    """Identities with fewer groups than `train.min_groups`."""
    unfinished: epoch_checkpoint.EpochCheckpoint


def fit(params: Any, tables: Tables, root: Path, scratch: Path, name: str = SCORED) -> Trained:
    """Build the network, find a learning rate, train. Both networks begin with the same weights and draws.

    Args:
        params: `train:` of params.yaml.
        tables: what is learned.
        root: the project's root.
        scratch: where the pixels lie while they are used.
        name: SCORED or ALL_FOLDS.

    Returns:
        The network. Its checkpoint stays until the caller removes it.
    """
    where = device.choose(params.compute)
    backbone = backbones.build(params.backbone, params.weights, params.size, params.seed, root)
    params = params.model_copy(update={"size": backbone.size})
    train_set, valid_set, learned, excluded = datasets.build_datasets(
        tables.split, tables.labelled, tables.plan, tables.folders, scratch, params, _FOLDS[name]
    )
    classes = train_rows.classes_of(learned)
    if name == ALL_FOLDS:
        _LOG.info(_of_second(learned, tables.split))

    device.seed_everything(params.seed)
    width = params.embedding_size or backbone.embedding_size
    body = heads.Embedder(backbone.body, backbone.embedding_size, params.embedding_size)
    head = heads.build_head(params.head, width, len(classes) * (1 + params.mirror_as_identity), params.dropout)
    network = heads.Network(body, head).to(where)
    relu6.use_lean_relu6(network)
    if params.channels_last:
        network = network.to(memory_format=torch.channels_last)
    change = augmenting.Augmentation(**_same_named(augmenting.Augmentation, params))
    stats = backbone.mean, backbone.std
    data = dataloaders.build_dataloaders(train_set, valid_set, params.batch_size, change, *stats, where)
    loss = heads.build_loss(params.head, params.label_smoothing, params.margin, params.scale)
    mixed = {"mixed_precision": device.use_mixed_precision(params.mixed_precision, where)}
    schedule = learner.Schedule(**_same_named(learner.Schedule, params) | mixed)
    key = training_key.key_of(params.model_dump(mode="json", exclude={"compute", "fold"}), network, data)
    beside = {SCORED: ALL_FOLDS if params.fold == ALL_FOLDS else "", ALL_FOLDS: SCORED}[name]
    unfinished = epoch_checkpoint.EpochCheckpoint(root / CHECKPOINTS, key, name, beside)
    outcome = trainer.train(network, data, loss, schedule, unfinished)

    card = checkpoint.Card(
        **_same_named(checkpoint.Card, params)
        | {**asdict(backbone.origin), "mean": backbone.mean, "std": backbone.std, "classes": classes}
        | {"embedding_size": width, "neck": params.embedding_size}
    )
    accuracy = TrainAccuracy(*outcome.last_epoch, chance_of(train_set.targets))
    return Trained(network, card, outcome, accuracy, learned, len(train_set), len(valid_set), excluded, unfinished)


def record_of(params: Any, trained: Trained) -> dict[str, Any]:
    """Facts about a training, for `model.json`.

    Args:
        params: `train:` of params.yaml.
        trained: the network.

    Returns:
        For JSON.
    """
    rate, images = trained.outcome.rate, trained.images_per_epoch
    return {
        "lr": rate.used,
        "lr_suggested": rate.suggested,
        "lr_reason": rate.reason,
        "epochs": {"frozen": params.frozen_epochs, "unfrozen": params.unfrozen_epochs},
        "images": params.images,
        "margin": params.margin if params.head == "arcface" else None,
        "scale": params.scale if params.head == "arcface" else None,
        "images_per_epoch": images,
        "image_passes": images * (params.frozen_epochs + params.unfrozen_epochs),
        "min_groups": params.min_groups,
        "excluded": trained.excluded,
        "validated": trained.validated,
        "unknown_as_class": params.unknown_as_class,
    } | trained.accuracy.to_dict()


def seconds_of(trainings: Sequence[Trained]) -> pd.DataFrame:
    """Seconds of each epoch; the phases of the network of all folds are called `all frozen` and `all unfrozen`.

    Args:
        trainings: the scored network, then that of all folds where there is one.

    Returns:
        epoch, phase, seconds, images_per_second.
    """
    first, *others = (trained.outcome.seconds for trained in trainings)
    return pd.concat([first, *(table.assign(phase="all " + table["phase"]) for table in others)], ignore_index=True)


def _of_second(learned: pd.DataFrame, split: pd.DataFrame) -> str:
    """What the second network learns from, and which labelled photographs are left for the threshold.

    Args:
        learned: its rows.
        split: as in split.parquet.

    Returns:
        One line.
    """
    photographs = counted(learned["image"].nunique(), "photograph")
    unknown = split.loc[(split["identity"] == "") & (split["fold"] != "left_out"), "image"]
    left = int((~unknown.isin(learned["image"])).sum())
    return (
        f"train: a second network learns from every fold, {photographs} (train.fold: all); {left:,} labelled unknown "
        "and the test photographs are left to carry the threshold over"
    )


def _same_named(kind: Any, params: Any) -> dict[str, Any]:
    """The parameters that are fields of the dataclass `kind`, too."""
    return {field: getattr(params, field) for field in kind.__dataclass_fields__ if hasattr(params, field)}
