"""The trainings of a run, from the tables to networks: of the train fold, which are scored, or of every fold."""

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
    run_order,
    train_rows,
    trainer,
    training_key,
    warm,
)
from longtail.training.run_order import ALL_FOLDS, SCORED

_LOG = logging.getLogger(__name__)

_NOT_LEARNED_BY = {"compute", "fold", "networks", "pretrained_beside"}
"""Parameters that change nothing in how one network learns."""
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
class Examples:
    """What all networks of some folds learn from and are watched on."""

    train_set: dataloaders.ImageDataset
    valid_set: dataloaders.ImageDataset
    learned: pd.DataFrame
    """The rows of the train set (`train_rows`)."""
    excluded: int
    """Identities with fewer groups than `train.min_groups`."""


@dataclass(frozen=True)
class Trained:
    """A network that has learned, and the facts about how."""

    params: Any
    """`train:` as it was followed: of a warm training its own epochs and rate."""
    scratch_lr: float
    """The learning rate that a training from scratch has, or had at the beginning of the chain."""
    network: heads.Network
    card: checkpoint.Card
    outcome: trainer.TrainResult
    accuracy: TrainAccuracy
    learned: pd.DataFrame
    """The rows of the train set (`train_rows`)."""
    images_per_epoch: int
    new_images: int
    """Of these, what no ancestor knew, or knew otherwise: all of them from scratch."""
    validated: int
    """Photographs of valid that the epochs were watched on; 0 where every fold is learned."""
    excluded: int
    """Identities with fewer groups than `train.min_groups`."""
    unfinished: epoch_checkpoint.EpochCheckpoint


def fit(
    params: Any, tables: Tables, root: Path, scratch: Path, name: str = SCORED, start: warm.WarmStart | None = None
) -> list[Trained]:
    """Train as many networks as `train.networks` says, one after the other, on the same rows: their seeds differ by 1.

    Args:
        params: `train:` of params.yaml.
        tables: what is learned.
        root: the project's root.
        scratch: where the pixels lie while they are used.
        name: SCORED or ALL_FOLDS; the networks of both begin with the same weights and draws.
        start: what a warm training goes on from, the same for both; None from scratch.

    Returns:
        The networks. Their checkpoints stay until the caller removes them.
    """
    on_device = device.choose(params.compute)
    trained: list[Trained] = []
    examples: Examples | None = None
    for number in range(1, params.networks + 1):
        own_params = params.model_copy(update={"seed": (params.seed + number - 1) % 2**32})
        backbone = (
            start.backbone
            if start
            else backbones.build(own_params.backbone, own_params.weights, own_params.size, own_params.seed, root)
        )
        own_params = own_params.model_copy(update={"size": backbone.size})
        if examples is None:
            tables_and_folders = tables.split, tables.labelled, tables.plan, tables.folders
            known = start.learned if start else None
            examples = Examples(*datasets.build_datasets(*tables_and_folders, scratch, own_params, _FOLDS[name], known))
            if name == ALL_FOLDS:
                _LOG.info(_of_second(examples.learned, tables.split))
            if start:
                _LOG.info(warm.log_line(start, examples.train_set))
        trained.append(_fit_one(own_params, backbone, on_device, examples, root, name, number, start))
    return trained


def _fit_one(
    params: Any,
    backbone: backbones.Backbone,
    on_device: torch.device,
    examples: Examples,
    root: Path,
    name: str,
    number: int,
    start: warm.WarmStart | None,
) -> Trained:
    """Build one network, find a learning rate, train.

    Args:
        params: `train:` of params.yaml, with the seed of this network.
        backbone: with its first weights; becomes part of the result.
        on_device: the device.
        examples: what it learns from.
        root: the project's root.
        name: SCORED or ALL_FOLDS.
        number: of the network, from 1.
        start: what it goes on from; None from scratch.

    Returns:
        The network.
    """
    scratch_lr = warm.scratch_lr(params, start) if start else None
    params = params.model_copy(update=warm.schedule_of(params, start))
    train_set, valid_set, learned = examples.train_set, examples.valid_set, examples.learned
    classes = train_rows.classes_of(learned)
    network = _network(params, backbone, classes, start).to(on_device)
    relu6.use_lean_relu6(network)
    if params.channels_last:
        network = network.to(memory_format=torch.channels_last)
    change = augmenting.Augmentation(**_same_named(augmenting.Augmentation, params))
    stats = backbone.mean, backbone.std
    data = dataloaders.build_dataloaders(train_set, valid_set, params.batch_size, change, *stats, on_device)
    loss = heads.build_loss(params.head, params.label_smoothing, params.margin, params.scale)
    precision = {"mixed_precision": device.use_mixed_precision(params.mixed_precision, on_device)}
    reason = {"rate_reason": warm.RATE_REASON if start else ""}
    schedule = learner.Schedule(**_same_named(learner.Schedule, params) | precision | reason)
    key = training_key.key_of(params.model_dump(mode="json", exclude=_NOT_LEARNED_BY), network, data)
    own_name, other_names = run_order.checkpoint_names(params, name, number)
    unfinished = epoch_checkpoint.EpochCheckpoint(root / CHECKPOINTS, key, own_name, other_names)
    phases = {"frozen": schedule.frozen_epochs, "unfrozen": schedule.unfrozen_epochs}
    training_run = run_order.training_run(params, name, number, phases)
    outcome = trainer.train(network, data, loss, schedule, unfinished, training_run)

    card = checkpoint.Card(
        **_same_named(checkpoint.Card, params)
        | {**asdict(backbone.origin), "mean": backbone.mean, "std": backbone.std, "classes": classes}
        | {"embedding_size": params.embedding_size or backbone.embedding_size, "neck": params.embedding_size}
        | warm.origin_of(start)
    )
    accuracy = TrainAccuracy(*outcome.last_epoch, chance_of(train_set.targets))
    counts = train_set.per_epoch, train_set.per_epoch - train_set.replayed, len(valid_set), examples.excluded
    rate = outcome.rate.used if scratch_lr is None else scratch_lr
    return Trained(params, rate, network, card, outcome, accuracy, learned, *counts, unfinished)


def _network(
    params: Any, backbone: backbones.Backbone, classes: Sequence[str], start: warm.WarmStart | None
) -> heads.Network:
    """Body and head as the training begins with them: drawn, or the ancestor's as far as it has them."""
    device.seed_everything(params.seed)
    width = params.embedding_size or backbone.embedding_size
    body = heads.Embedder(backbone.body, backbone.embedding_size, params.embedding_size)
    head = heads.build_head(params.head, width, len(classes) * (1 + params.mirror_as_identity), params.dropout)
    if start is not None:
        warm.load_body(body, start)
        warm.grow_head(head, start, classes, mirrored=params.mirror_as_identity)
    return heads.Network(body, head)


def _of_second(learned: pd.DataFrame, split: pd.DataFrame) -> str:
    """What the network of all folds learns from, and which labelled photographs are left for the threshold.

    Args:
        learned: its rows.
        split: as in split.parquet.

    Returns:
        One line.
    """
    photographs = counted(learned["image"].nunique(), "photograph")
    unknown = split.loc[(split["identity"] == "") & (split["fold"] != "left_out"), "image"]
    unseen = int((~unknown.isin(learned["image"])).sum())
    return (
        f"train: a second network learns from every fold, {photographs} (train.fold: all); {unseen:,} labelled unknown "
        "and the test photographs are left to carry the threshold over"
    )


def _same_named(kind: Any, params: Any) -> dict[str, Any]:
    """The parameters that are fields of the dataclass `kind`, too."""
    return {field: getattr(params, field) for field in kind.__dataclass_fields__ if hasattr(params, field)}
