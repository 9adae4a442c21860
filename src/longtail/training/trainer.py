"""The training: a learner, the learning-rate finder, frozen epochs, unfrozen epochs.

The recipe is fastai's (Howard and Gugger 2020, https://arxiv.org/abs/2002.04688): first the new head alone on a body
that keeps still, then everything, the body at lower rates, each phase in one cycle (Smith 2018,
https://arxiv.org/abs/1803.09820). The last epoch's weights are delivered; no photograph of `valid` picks any.
"""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pandas as pd
import torch
from fastai.callback.core import Callback, TrainEvalCallback
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.schedule import LRFinder, ParamScheduler, valley  # gives Learner its fit_one_cycle, too
from fastai.callback.tracker import TerminateOnNaNCallback
from fastai.callback.training import BnFreeze
from fastai.data.core import DataLoaders
from fastai.learner import AvgMetric, CastToTensor, Learner, Recorder
from fastai.metrics import accuracy
from fastai.optimizer import OptimWrapper
from torch import nn

from longtail.errors import BadParameter, Problem
from longtail.metrics.map_at_k import average_precision
from longtail.training.callbacks import DetachLoss, MarginWarmup, TrainAccuracy
from longtail.training.dataloaders import preserve_rng_state
from longtail.training.heads import ArcFaceLoss, Network, parameter_groups
from longtail.training.progress import FinderProgress, Progress

_LOG = logging.getLogger(__name__)

HISTORY = ["epoch", "phase", "train_loss", "valid_loss", "accuracy", "map_at_5", "train_accuracy"]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast."""

    frozen_epochs: int
    unfrozen_epochs: int
    base_lr: float | Literal["auto"]
    body_lr_divisor: float
    weight_decay: float
    lr_find: bool
    lr_find_batches: int
    mixed_precision: bool
    margin: float = 0.0  # ArcFace's, in radians
    margin_warmup: float = 0.0  # share of the unfrozen epochs over which ArcFace's margin comes


@dataclass(frozen=True)
class Rate:
    """The learning rate of the run and how it came about."""

    used: float
    suggested: float | None
    reason: str


@dataclass(frozen=True)
class TrainResult:
    """The result of a training; `seconds` alone differs between equal runs."""

    rate: Rate
    curve: pd.DataFrame
    history: pd.DataFrame
    seconds: pd.DataFrame
    last_epoch: tuple[int, int]
    """Training images that were named rightly in the last epoch, and how many were shown."""


def train(network: Network, data: DataLoaders, loss: nn.Module, schedule: Schedule) -> TrainResult:
    """Train a network in place. Raises BadParameter where the loss stops being a number.

    Args:
        network: body and head.
        data: train and valid set.
        loss: see `heads.build_loss`.
        schedule: epochs and rates.

    Returns:
        The rate, its curve, and the history of the epochs.
    """
    phases = [("frozen", schedule.frozen_epochs), ("unfrozen", schedule.unfrozen_epochs)]
    phases = [(phase, epochs) for phase, epochs in phases if epochs]
    curve, suggested = _curve([], []), None
    if schedule.lr_find:
        curve, suggested = _find_rate(network, data, loss, schedule, phases[0][0])
    learner = _learner(network, data, loss, schedule)
    rate = choose_rate(schedule.base_lr, suggested)
    _LOG.info(f"train: learning rate {rate.used:.2g}, {rate.reason}")
    counted = TrainAccuracy()
    learner.add_cb(counted)
    fits = [_fit(learner, phase, epochs, rate.used, schedule) for phase, epochs in phases]
    history, seconds = (pd.concat(tables, ignore_index=True) for tables in zip(*fits, strict=True))
    for table in (history, seconds):
        table.insert(0, "epoch", range(1, len(table) + 1))
    epochs = counted.epochs()
    history[HISTORY[-1]] = [right / images for right, images in epochs]
    return TrainResult(rate, curve, history, seconds, epochs[-1])


def choose_rate(base_lr: float | Literal["auto"], suggested: float | None) -> Rate:
    """The learning rate to train with.

    Args:
        base_lr: the parameter.
        suggested: what the learning-rate finder suggests, if it does.

    Returns:
        The rate, and the reason for it.

    Raises:
        BadParameter: `auto`, and no suggestion.
    """
    if base_lr != "auto":
        note = f"; the finder suggested {suggested:.2g}" if suggested else "; the finder was off"
        return Rate(base_lr, suggested, f"given by train.base_lr{note}")
    if suggested is None:
        remedy = "Set `train.base_lr` to a number, as 0.001."
        raise BadParameter(Problem("the learning-rate finder has no suggestion", remedy, where="train.base_lr: auto"))
    return Rate(suggested, suggested, "the finder's suggestion (fastai's valley): a third down the longest fall")


_CALLBACKS = [
    TrainEvalCallback,
    CastToTensor,
    Recorder,
    BnFreeze,
    TerminateOnNaNCallback,
    DetachLoss,
]  # no bar of fastai's


# fastai's numbers; torch's step, which on a CPU takes a fourteenth of the time of fastai's own over 7 million weights.
# Unlike fastai's, it lets the weight decay reach batch norms and biases.
_ADAMW = partial(OptimWrapper, opt=torch.optim.AdamW, betas=(0.9, 0.99), eps=1e-5, fused=True)


class _Finder(LRFinder):  # type: ignore[misc]
    """fastai's finder without its copy of the weights on disk: it works on a network that is thrown away."""

    def before_fit(self) -> None:
        ParamScheduler.before_fit(self)
        self.best_loss = math.inf

    def after_fit(self) -> None:
        self.learn.opt.zero_grad()


def _learner(network: Network, data: DataLoaders, loss: nn.Module, schedule: Schedule) -> Learner:
    return Learner(
        data,
        network,
        loss,
        opt_func=_ADAMW,
        splitter=parameter_groups,
        cbs=[*_CALLBACKS, *([MixedPrecision] if schedule.mixed_precision else [])],
        default_cbs=False,
        metrics=[accuracy, AvgMetric(map_at_5)],
        wd=schedule.weight_decay,
        train_bn=False,  # with BnFreeze: a frozen body keeps still, its batch norms too
    )


def map_at_5(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean average precision at 5 of a batch.

    Args:
        logits: (n, classes).
        targets: (n,), class numbers.

    Returns:
        A scalar from 0 to 1.
    """
    best = logits.topk(min(5, logits.shape[1]), dim=1).indices
    return torch.tensor(average_precision(best.cpu().numpy(), targets.cpu().numpy()).mean())


def _thaw(learner: Learner, phase: str) -> None:
    if phase == "frozen":
        learner.freeze()
    else:
        learner.unfreeze()


def _find_rate(
    network: Network, data: DataLoaders, loss: nn.Module, schedule: Schedule, phase: str
) -> tuple[pd.DataFrame, float | None]:
    """Loss at rising rates, and the suggestion read from it.

    It runs on a copy of the network, with an optimiser of its own, and every generator is put back: the training that
    follows is the same, to the bit, as one without it.

    Returns:
        Columns lr and loss, and the suggested rate, if there is one.
    """
    batches = schedule.lr_find_batches
    with preserve_rng_state(data):
        learner = _learner(copy.deepcopy(network), data, loss, schedule)
        _thaw(learner, phase)
        with learner.no_logging():
            callbacks = [_Finder(num_it=batches), FinderProgress(batches)]
            learner.fit(batches // len(learner.dls.train) + 1, cbs=callbacks)
    curve = _curve(learner.recorder.lrs, learner.recorder.losses)
    # As fastai reads it: without the noisy first tenth and the blow-up at the end.
    read = curve.iloc[batches // 10 : -5]
    if len(read) < 3:
        return curve, None
    return curve, valley(list(read["lr"]), list(read["loss"]), batches)[0]


def _curve(rates: list[Any], losses: list[Any]) -> pd.DataFrame:
    table = pd.DataFrame({"lr": [float(rate) for rate in rates], "loss": [float(loss) for loss in losses]})
    return table.dropna()


def _fit(learner: Learner, phase: str, epochs: int, lr: float, schedule: Schedule) -> tuple[pd.DataFrame, pd.DataFrame]:
    _thaw(learner, phase)
    progress = Progress(phase)
    with learner.added_cbs([progress, *_beside(learner, phase, schedule)]), learner.no_logging():
        learner.fit_one_cycle(epochs, slice(lr / schedule.body_lr_divisor, lr))
    values = learner.recorder.values
    if len(values) < epochs:
        problem = f"the training diverged: the loss was no number in {phase} epoch {len(values) + 1}"
        raise BadParameter(Problem(problem, "Lower it, or set it to `auto`.", where=f"train.base_lr: {lr:.2g}"))
    history = pd.DataFrame([[phase, *row] for row in values], columns=HISTORY[1:-1])
    timing = progress.timing
    seconds = pd.DataFrame({"phase": phase, "seconds": timing.seconds, "images_per_second": timing.images_per_second})
    return history.astype(dict.fromkeys(HISTORY[2:-1], float)), seconds.round(2)


def _beside(learner: Learner, phase: str, schedule: Schedule) -> list[Callback]:
    """What accompanies a phase: the frozen one learns without a margin."""
    if not isinstance(learner.loss_func, ArcFaceLoss):
        return []
    return [MarginWarmup(schedule.margin if phase == "unfrozen" else 0.0, schedule.margin_warmup)]
