"""The training: the learning-rate finder, frozen epochs, unfrozen epochs, and where an ended one goes on.

The recipe is fastai's (Howard and Gugger 2020, https://arxiv.org/abs/2002.04688): first the new head alone on a body
that keeps still, then everything, the body at lower rates, each phase in one cycle (Smith 2018,
https://arxiv.org/abs/1803.09820). The last epoch's weights are delivered; no photograph of `valid` picks any.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import fastai.callback.schedule  # noqa: F401 -- gives Learner its fit_one_cycle
import pandas as pd
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from torch import nn

from longtail.errors import BadParameter, Problem
from longtail.training import lr_finder
from longtail.training.callbacks import MarginWarmup, TrainAccuracy
from longtail.training.epoch_checkpoint import EpochCheckpoint
from longtail.training.heads import ArcFaceLoss, Network
from longtail.training.learner import Schedule, build_learner, thaw
from longtail.training.progress import Progress
from longtail.training.resuming import Epoch, EpochLog
from longtail.training.run_order import TrainingRun

_LOG = logging.getLogger(__name__)

HISTORY = ["epoch", "phase", "train_loss", "valid_loss", "accuracy", "map_at_5", "train_accuracy"]


@dataclass(frozen=True)
class TrainResult:
    """The result of a training; `seconds` and `resumed_after` alone differ between equal trainings."""

    rate: lr_finder.Rate
    curve: pd.DataFrame
    history: pd.DataFrame
    seconds: pd.DataFrame
    last_epoch: tuple[int, int]
    """Training images that were named rightly in the last epoch, and how many were shown."""
    resumed_after: int
    """Epochs that an earlier run of the same training had finished."""


def train(
    network: Network,
    data: DataLoaders,
    loss: nn.Module,
    schedule: Schedule,
    checkpoint: EpochCheckpoint | None = None,
    training_run: TrainingRun | None = None,
) -> TrainResult:
    """Train a network in place. Raises BadParameter where the loss stops being a number.

    Args:
        network: body and head.
        data: train and valid set.
        loss: see `heads.build_loss`.
        schedule: epochs and rates.
        checkpoint: where each finished epoch is kept, and from which an ended training goes on; None: nothing is.
        training_run: which of several trainings it is; None: there is one.

    Returns:
        The rate, its curve, and the history of the epochs.

    Raises:
        KeyboardInterrupt: Ctrl-C, after a word on where the next run goes on.
    """
    phases = [("frozen", schedule.frozen_epochs), ("unfrozen", schedule.unfrozen_epochs)]
    phases = [(phase, epochs) for phase, epochs in phases if epochs]
    state: dict[str, Any] = checkpoint.read() if checkpoint else {}
    training_run = training_run or TrainingRun()
    if not state:
        state = {"curve": {}, "suggested": None, "epochs": []}
        if schedule.lr_find:
            curve, state["suggested"] = lr_finder.find_rate(network, data, loss, schedule, phases[0][0])
            state["curve"] = curve.to_dict("list")
            if checkpoint:
                checkpoint.write(state)
    rate = lr_finder.choose_rate(schedule.base_lr, state["suggested"], schedule.rate_reason)
    _LOG.info(f"train: {training_run.prefix}learning rate {rate.used:.2g}, {rate.reason}")
    log = EpochLog(state, checkpoint)
    resumed_after, total = len(log.epochs), sum(epochs for _, epochs in phases)
    if resumed_after:
        network.load_state_dict(state["learner"]["network"])
        _LOG.info(f"train: {training_run.prefix}resumed after epoch {resumed_after} of {total}")
    learner = build_learner(network, data, loss, schedule)
    learner.add_cbs([TrainAccuracy(), log])
    try:
        for phase, epochs in phases:
            _fit(learner, log, phase, epochs, rate.used, schedule, training_run)
    except KeyboardInterrupt:
        if checkpoint and checkpoint.is_kept:
            done = (
                f"after epoch {len(log.epochs)} of {total}" if log.epochs else "with the learning rate that was found"
            )
            _LOG.warning(f"train: {training_run.prefix}stopped; the next run goes on {done}")
        raise
    return _result(rate, pd.DataFrame(state["curve"], columns=lr_finder.CURVE, dtype=float), log.epochs, resumed_after)


def _fit(
    learner: Learner, log: EpochLog, phase: str, epochs: int, lr: float, schedule: Schedule, training_run: TrainingRun
) -> None:
    """One phase, from its first epoch that is not in the log."""
    first = log.begin(phase)
    if first == epochs:
        return
    thaw(learner, phase)
    with (
        learner.added_cbs([Progress(phase, first, training_run), *_beside(learner, phase, schedule)]),
        learner.no_logging(),
    ):
        learner.fit_one_cycle(epochs, slice(lr / schedule.body_lr_divisor, lr), start_epoch=first)
    done = log.count(phase)
    if done < epochs:
        problem = f"the training diverged: the loss was no number in {phase} epoch {done + 1}"
        raise BadParameter(Problem(problem, "Lower it, or set it to `auto`.", where=f"train.base_lr: {lr:.2g}"))


def _beside(learner: Learner, phase: str, schedule: Schedule) -> list[Callback]:
    """What accompanies a phase: the frozen one learns without a margin."""
    if not isinstance(learner.loss_func, ArcFaceLoss):
        return []
    return [MarginWarmup(schedule.margin if phase == "unfrozen" else 0.0, schedule.margin_warmup)]


def _result(rate: lr_finder.Rate, curve: pd.DataFrame, epochs: list[Epoch], resumed_after: int) -> TrainResult:
    """The tables of all epochs."""
    numbers = range(1, len(epochs) + 1)
    rows = [
        (number, epoch.phase, *epoch.scores, epoch.right / epoch.images)
        for number, epoch in zip(numbers, epochs, strict=True)
    ]
    history = pd.DataFrame(rows, columns=HISTORY).astype(dict.fromkeys(HISTORY[2:], float))
    timing = [
        (number, epoch.phase, epoch.seconds, epoch.images_per_second)
        for number, epoch in zip(numbers, epochs, strict=True)
    ]
    seconds = pd.DataFrame(timing, columns=["epoch", "phase", "seconds", "images_per_second"]).round(2)
    return TrainResult(rate, curve, history, seconds, (epochs[-1].right, epochs[-1].images), resumed_after)
