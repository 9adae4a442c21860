"""The learning-rate finder (Smith 2017, https://arxiv.org/abs/1506.01186, as fastai runs it), and the rate to use."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from fastai.callback.schedule import LRFinder, ParamScheduler, valley
from fastai.data.core import DataLoaders
from torch import nn

from longtail.errors import BadParameter, Problem
from longtail.training.dataloaders import preserve_rng_state
from longtail.training.heads import Network
from longtail.training.learner import Schedule, build_learner, thaw
from longtail.training.progress import FinderProgress

CURVE = ["lr", "loss"]


@dataclass(frozen=True)
class Rate:
    """The learning rate of the run and how it came about."""

    used: float
    suggested: float | None
    reason: str


def choose_rate(base_lr: float | Literal["auto"], suggested: float | None, reason: str = "") -> Rate:
    """The learning rate to train with.

    Args:
        base_lr: the parameter.
        suggested: what the learning-rate finder suggests, if it does.
        reason: where a number comes from, if not from the parameter.

    Returns:
        The rate, and the reason for it.

    Raises:
        BadParameter: `auto`, and no suggestion.
    """
    if base_lr != "auto":
        note = f"; the finder suggested {suggested:.2g}" if suggested else "; the finder was off"
        return Rate(base_lr, suggested, reason or f"given by train.base_lr{note}")
    if suggested is None:
        remedy = "Set `train.base_lr` to a number, as 0.001."
        raise BadParameter(Problem("the learning-rate finder has no suggestion", remedy, where="train.base_lr: auto"))
    return Rate(suggested, suggested, "the finder's suggestion (fastai's valley): a third down the longest fall")


class _Finder(LRFinder):  # type: ignore[misc]
    """fastai's finder without its copy of the weights on disk: it works on a network that is thrown away."""

    def before_fit(self) -> None:
        ParamScheduler.before_fit(self)
        self.best_loss = math.inf

    def after_fit(self) -> None:
        self.learn.opt.zero_grad()


def find_rate(
    network: Network, data: DataLoaders, loss: nn.Module, schedule: Schedule, phase: str
) -> tuple[pd.DataFrame, float | None]:
    """Loss at rising rates, and the suggestion read from it.

    It runs on a copy of the network, with an optimiser of its own, and every generator is put back: the training that
    follows is the same, to the bit, as one without it.

    Args:
        network: body and head.
        data: train and valid set.
        loss: see `heads.build_loss`.
        schedule: number of batches, and what the optimiser needs.
        phase: `frozen` or `unfrozen`: what learns.

    Returns:
        Columns lr and loss, and the suggested rate, if there is one.
    """
    batches = schedule.lr_find_batches
    with preserve_rng_state(data):
        learner = build_learner(copy.deepcopy(network), data, loss, schedule)
        thaw(learner, phase)
        with learner.no_logging():
            callbacks = [_Finder(num_it=batches), FinderProgress(batches)]
            learner.fit(batches // len(learner.dls.train) + 1, cbs=callbacks)
    curve = _curve(learner.recorder.lrs, learner.recorder.losses)
    # As fastai reads it: without the noisy first tenth and the blow-up at the end.
    read = curve.iloc[batches // 10 : -5]
    if len(read) < 3:
        return curve, None
    return curve, float(valley(list(read["lr"]), list(read["loss"]), batches)[0])


def _curve(rates: list[Any], losses: list[Any]) -> pd.DataFrame:
    rows = zip(map(float, rates), map(float, losses), strict=True)
    return pd.DataFrame(rows, columns=CURVE, dtype=float).dropna()
